"""People who import, and a worker that does what the pages queue."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.modules.conftest import Make, firm, make, person
from tests.web.listing.conftest import signed_in

from tracte.kernel.actor import Actor
from tracte.records.tasks.registry import load_jobs
from tracte.records.tasks.worker import Worker, WorkerOptions

__all__ = ["firm", "make", "person", "signed_in"]


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    """A home of its own for the files."""
    settings.TRACTE_HOME = tmp_path
    return tmp_path


@pytest.fixture
def admin(make: Make, person: Callable[..., Actor]) -> Actor:
    """Somebody who may do everything."""
    return person("Neus", "administrator", is_admin="true")


@pytest.fixture
def seller(make: Make, person: Callable[..., Actor]) -> Actor:
    return person("Marc", "seller", make("team", name="Iberia"))


@pytest.fixture
def manager(person: Callable[..., Actor]) -> Actor:
    return person("Laia", "manager")


@pytest.fixture
def work() -> Callable[[], None]:
    """Do everything that is queued, in this process."""

    def drain() -> None:
        load_jobs()
        Worker(WorkerOptions()).drain()

    return drain
