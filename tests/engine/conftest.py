"""The small firm of the modules' tests, for tests of the engine."""

from tests.modules.conftest import firm, make, person, stage

__all__ = ["firm", "make", "person", "stage"]
