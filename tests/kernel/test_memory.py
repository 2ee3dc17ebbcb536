"""Work on many rows looks for cycles of objects afterwards, and faults that are kept hold nothing else alive."""

import gc
import weakref

import pytest

from tracte.kernel.memory import collection_paused
from tracte.kernel.problems import Fault
from tracte.meta.kinds import Text
from tracte.meta.kinds.base import Context


def test_cycles_are_looked_for_again_after_the_work() -> None:
    with collection_paused():
        assert not gc.isenabled()
        with collection_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_cycles_are_looked_for_again_after_work_that_failed() -> None:
    with pytest.raises(ValueError, match="no"), collection_paused():
        raise ValueError("no")
    assert gc.isenabled()


class _Chunk(list[str]):
    """A list that can be watched."""


def test_a_column_with_a_bad_value_goes_when_nobody_holds_it() -> None:
    with collection_paused():
        column = _Chunk(["x" * 30, "Nice"])
        values, faults = Text("Name", max_length=10).parse_many(column, Context())
        watched = weakref.ref(column)
        del column
        assert watched() is None
    assert values == [None, "Nice"]
    assert faults[0] == Fault("too_long", {"max": 10})
