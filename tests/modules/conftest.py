"""A small firm to test the rules of the modules in: the seeds of every module, and people with roles and teams."""

from collections.abc import Callable
from typing import Any

import pytest

from tracte.config.registration import installed_modules
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.kernel.problems import Rejected
from tracte.records import door, query, snapshot
from tracte.records.people import Role

Make = Callable[..., int]


@pytest.fixture
def firm(db: None) -> None:
    """A fresh home: every module has planted what it brings."""
    for module in installed_modules():
        if module.seed is not None:
            module.seed()


@pytest.fixture
def make(firm: None) -> Make:
    """``make("account", name="Acme", parent=other_id)`` → id, written by the operator."""

    def maker(entity: str, /, actor: Actor = OPERATOR, origin: str = "ui", **values: Any) -> int:
        return door.create(actor, entity, raw(values), origin=origin).id

    return maker


@pytest.fixture
def person(make: Make) -> Callable[..., Actor]:
    """``person("Núria", "seller", team_id)`` → the actor who signed in."""

    def maker(name: str, role: str, *teams: int, **more: Any) -> Actor:
        held = Role.objects.get(key=role).pk
        address = f"{name.lower()}@firm.example"
        made = make("user", name=name, email=address, roles=[encode(held)], teams=[*map(encode, teams)], **more)
        return snapshot.current().actor(made)

    return maker


@pytest.fixture
def codes() -> Callable[..., set[tuple[str | None, str]]]:
    """``codes(write, …)`` → the problems of a write that must be refused, as ``{(field, code)}``."""

    def refused(write: Callable[..., Any], *args: Any, **kwargs: Any) -> set[tuple[str | None, str]]:
        with pytest.raises(Rejected) as caught:
            write(*args, **kwargs)
        assert all(problem.message for problem in caught.value.problems)
        return {(problem.field, problem.code) for problem in caught.value.problems}

    return refused


@pytest.fixture
def values_of() -> Callable[[str, int], dict[str, Any]]:
    """All values of a record as the system sees them."""
    return lambda entity, record_id: query.system_rows(entity).get(record_id)


@pytest.fixture
def stage(firm: None) -> dict[str, int]:
    """Stages of the first pipeline by key."""
    rows = snapshot.current().rows["stage"].values()
    return {row["key"]: row["id"] for row in rows}


def raw(values: dict[str, Any]) -> dict[str, Any]:
    """References given as numbers are written the way forms write them."""
    pointing = {"account", "contact", "parent", "pipeline", "stage", "product", "owner", "team"}
    return {k: encode(v) if k in pointing and isinstance(v, int) else v for k, v in values.items()}
