"""Values and records made from declarations: what a field kind is tells what may stand in it.

A recipe says what its kinds cannot: a currency code, a slug, a field that only belongs to closed deals.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any, Final

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.meta.kinds.base import Context, Kind
from tracte.meta.registry import COLLABORATORS, EntitySpec, registry
from tracte.records import door, query
from tracte.records import snapshot as snapshots

OMIT: Final = object()  # the recipe leaves the field empty
OWN: Final = object()  # the reference points to a record made for this one alone
REACHING = ("owner", "team", COLLABORATORS)  # whose a record is: said by who makes it, not by its kinds
FIRST_DAY = date(2026, 3, 2)
Given = Mapping[str, Any]
RECIPES: dict[str, Given] = {}
"""Values of each entity that kinds cannot know: a value, ``OMIT``, ``OWN``, or a function of the number."""

_TARGETS = count(200_000)
_TEXTS: dict[str, Callable[[str, int], Any]] = {
    "long_text": lambda word, n: f"{word} {n}\nand a second line",
    "rich_text": lambda word, n: f"<p>{word} {n} <strong>said</strong></p>",
    "email": lambda word, n: f"{word.lower()}{n}@firm.example",
    "phone": lambda word, n: f"+34612{n:06}",
    "url": lambda word, n: f"https://{word.lower()}{n}.example/",
    "country": lambda word, n: "ES",
    "date": lambda word, n: (FIRST_DAY + timedelta(days=n % 300)).isoformat(),
    "datetime": lambda word, n: f"{(FIRST_DAY + timedelta(days=n % 300)).isoformat()}T09:30:00Z",
    "decimal": lambda word, n: f"{n + 1}.5",
    "percent": lambda word, n: f"{n % 99 + 1}",
    "duration": lambda word, n: "PT1H30M",
    "yes_no": lambda word, n: True,
    "tags": lambda word, n: [f"{word.lower()}{n}", "north"],
    "money": lambda word, n: {"amount": f"{1000 + n}.25", "currency": "EUR"},
    "address": lambda word, n: {
        "street": f"{word} street {n}",
        "postcode": "08001",
        "city": "Barcelona",
        "country": "ES",
    },
}


def word_of(entity: str, name: str) -> str:
    """A word no other field uses: ``Accountname``."""
    return f"{entity}{name}".replace("_", "").capitalize()


def text_of(kind: Kind, entity: str, n: int) -> str:
    """A line that fits; its number comes first when there is little room."""
    most = getattr(kind, "max_length", None) or 200
    text = f"{word_of(entity, kind.name)} {n}"
    return text if len(text) <= most else f"{n}{text}"[:most]


@dataclass
class Factory:
    """Makes values and records of every entity, for one owner.

    :param variety: how many different records references point to.
    """

    owner: int | None = None
    variety: int = 4
    made: dict[tuple[str, int], int] = field(default_factory=dict)

    def values(self, entity: str, n: int) -> dict[str, Any]:
        """A full set of values in their JSON form, as the API takes them."""
        spec, recipe, found = registry()[entity], RECIPES.get(entity, {}), {}
        for name, kind in spec.fields.items():
            given = recipe.get(name)
            if given is OMIT or name in REACHING or kind.read_only or kind.key in ("data", "number"):
                continue
            if given is OWN:
                given = encode(self.record(str(getattr(kind, "to", "")), next(_TARGETS) * self.variety))
            value = given(n) if callable(given) else given
            value = self.value(spec, kind, n) if value is None else value
            if value is not None:
                found[name] = value
        if self.owner and not spec.declaration.admin_only:
            found["owner"] = encode(self.owner)
        return found

    def value(self, spec: EntitySpec, kind: Kind, n: int) -> Any:
        """A value of a kind, or ``None`` where it has none to give."""
        if kind.key == "text":
            return text_of(kind, spec.key, n)
        if make := _TEXTS.get(kind.key):
            return make(word_of(spec.key, kind.name), n)
        if kind.key == "integer":
            low, high = getattr(kind, "min", None) or 0, getattr(kind, "max", None)
            return low + n if high is None else low + n % (high - low + 1)
        if kind.key in ("choice", "multi_choice"):
            options = [key for key, one in kind.options(context()).items() if not one.retired]  # type: ignore[attr-defined]
            chosen = options[n % len(options)] if options else None
            return [chosen] if kind.key == "multi_choice" and chosen else chosen
        target = getattr(kind, "to", None)
        if target is None or target == spec.key:  # nothing is its own parent
            return None
        pointed = encode(self.target("account" if target == "*" else str(target), n))
        return [pointed] if kind.key == "many_references" else pointed

    def target(self, entity: str, n: int) -> int:
        """A record to point to: one of the directory's, or one of a few made for it."""
        if registry()[entity].declaration.directory:
            live = [pk for pk, row in snapshots.current().rows.get(entity, {}).items() if not row["deleted_at"]]
            if live:
                return live[n % len(live)]
        number = n % self.variety
        if (entity, number) not in self.made:
            self.made[entity, number] = self.record(entity, next(_TARGETS) * self.variety + number)
        return self.made[entity, number]

    def variety_of(self, entity: str) -> None:
        """Make now what records of an entity will point to."""
        for n in range(self.variety):
            self.values(entity, n)

    def record(self, entity: str, n: int) -> int:
        """A record of its own, made by the system."""
        return door.create(OPERATOR, entity, self.values(entity, n), origin="system", strict=True).id

    def records(self, entity: str, numbers: range) -> list[int]:
        """Many records in one change set."""
        writer = door.begin(OPERATOR, "system", "Many", strict=True, check_duplicates=False)
        ops = [door.Op(self.values(entity, n)) for n in numbers]
        results = writer.write(entity, "create", ops, partial=False)
        writer.finish()
        return [int(result.id or 0) for result in results]


def context(actor: Actor = OPERATOR, *, strict: bool = True) -> Context:
    """How values are read and shown."""
    return snapshots.current().context(actor, strict=strict)


def stored(entity: str, record_id: int) -> dict[str, Any]:
    """All values of a live record."""
    return query.system_rows(entity).get(record_id)


def form_data(spec: EntitySpec, values: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """Values in JSON form as somebody's browser would send them in a form."""
    data: dict[str, Any] = {}
    shown = context(actor, strict=False)
    for name, raw in values.items():
        kind = spec.fields[name]
        value = kind.parse(raw, context())
        if kind.key == "address":
            data.update({f"{name}_{part}": one or "" for part, one in kind.to_json(value).items()})
        elif kind.key == "money":
            data.update({name: str(value.amount), f"{name}_currency": value.currency})
        elif kind.key == "yes_no":
            data.update({f"{name}__sent": "1", **({name: "true"} if value else {})})
        elif kind.key in ("multi_choice", "many_references"):
            data.update({f"{name}__sent": "1", name: kind.to_json(value)})
        else:
            data[name] = kind.edit_text(value, shown)
    return data
