"""One small firm whose every text is a canary: a word that says which field of whose record it stands in."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from tests.contracts import test_entities as contracts

from tracte.kernel.actor import OPERATOR
from tracte.meta.kinds.base import Kind
from tracte.meta.registry import EntitySpec, registry
from tracte.records import door
from tracte.testing.actors import Person, hire, plant
from tracte.testing.contract import CONTRACTS
from tracte.testing.factories import RECIPES, Factory

assert contracts.CONTRACTS is CONTRACTS  # their recipes say what kinds cannot


@dataclass
class Canaries(Factory):
    """Makes records whose texts are canaries, and remembers them by record and field."""

    whose: str = ""
    words: dict[tuple[str, str], str] = field(default_factory=dict)

    def values(self, entity: str, n: int) -> dict[str, Any]:
        """What is shared with everybody is no secret: here it is kept to oneself."""
        found = super().values(entity, n)
        return found | {"share": "me"} if "share" in found else found

    def value(self, spec: EntitySpec, kind: Kind, n: int) -> Any:
        word = f"cnry{spec.key}{kind.name}{self.whose}".replace("_", "")
        made = super().value(spec, kind, n)
        if kind.key in ("text", "long_text", "rich_text", "url", "email", "tags", "address"):
            self.words[spec.key, kind.name] = word
            shape = {"url": f"https://{word}.example/", "email": f"{word}@firm.example", "tags": [word]}
            address = {"street": word, "postcode": "08001", "city": word, "country": "ES"}
            return address if kind.key == "address" else shape.get(kind.key, f"{word}{n}"[: _room(kind)])
        return made


def _room(kind: Kind) -> int:
    return int(getattr(kind, "max_length", None) or 200)


@dataclass
class Town:
    """The firm: its people, and what “own” of the north keeps to himself."""

    people: dict[str, Person]
    records: dict[str, int]
    words: dict[tuple[str, str], str]
    hidden: dict[str, str]
    sets: list[int]


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: Any) -> Iterator[Town]:
    """Built once for a module; what tests write is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        plant()
        ordinary = [spec for spec in registry() if not spec.declaration.directory]
        hidden = {spec.key: CONTRACTS[spec.key].masked() for spec in ordinary}
        masks = {key: {name: "hidden"} for key, name in hidden.items()}
        people = hire(masks)
        canaries = Canaries(people["own"].id, variety=1, whose="own")
        records = {spec.key: canaries.record(spec.key, 1) for spec in ordinary}
        sets = []
        for spec in ordinary:  # something to read in histories
            name = next(
                n
                for n, k in spec.stored.items()
                if k.key in ("text", "rich_text") and not k.read_only and n not in RECIPES[spec.key]
            )
            word = f"cnrychanged{spec.key}".replace("_", "")[:60]
            canaries.words[spec.key, f"{name}+"] = word
            done = door.update(people["own"].actor, spec.key, records[spec.key], {name: word}, origin="ui")
            sets.append(int(done.set_id or 0))
        binned = canaries.record("account", 2)
        door.delete(OPERATOR, "account", binned, origin="system")
        yield Town(people, records, canaries.words, hidden, sets)
        transaction.set_rollback(True)
