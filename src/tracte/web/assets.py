"""Where the built front end lies: names in the source to hashed files, by the build's manifest."""

import json
import logging
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.templatetags.static import static

BUILT = Path(__file__).resolve().parent / "static" / "built"
_log = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def manifest() -> dict[str, dict[str, Any]]:
    """The build's table of files, keyed by source path. Empty, with one warning, in a tree that was never built."""
    for place in (BUILT / "manifest.json", BUILT / ".vite" / "manifest.json"):
        if place.exists():
            return dict(json.loads(place.read_text(encoding="utf-8")))
    _log.warning("The front end is not built; pages come without style and script. `make setup` builds it.")
    return {}


@lru_cache(maxsize=64)
def asset_url(name: str) -> str:
    """The address of a built file.

    :param name: a source name such as ``main.ts``, ``app.css`` or ``icons.svg``.
    """
    table = manifest()
    for key, entry in table.items():
        # An entry may be filed under its path from any folder above the source.
        if key == name or key.endswith("/" + name) or name in entry.get("names", ()):
            return static("built/" + entry["file"])
    return static(f"built/{name}")
