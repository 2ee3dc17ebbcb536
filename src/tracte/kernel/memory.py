"""Memory while much is worked through."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """Look for cycles of objects only after a piece of work, not in the middle of it.

    A chunk of thousands of rows makes hundreds of thousands of objects that are all in use and go by themselves when
    the chunk is done. Python would look through them time and again, a sixth of what the chunk costs. The piece of
    work must be small enough to hold everything it makes.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
