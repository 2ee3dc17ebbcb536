"""How records look in JSON: fields by kind, references with their titles, paths through references."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracte.api.params import refuse, sees
from tracte.engine.titles import titles_for
from tracte.kernel.actor import Actor
from tracte.kernel.ids import encode
from tracte.kernel.problems import NotFound
from tracte.meta.entity import Entity
from tracte.meta.kinds import Computed
from tracte.meta.kinds.base import Kind, RefTitle
from tracte.meta.registry import EntitySpec, registry
from tracte.meta.values import shown_title
from tracte.records import query
from tracte.records import snapshot as snapshots

ALWAYS = ("id", "version", "title")
MAX_HOPS = 3
Turn = Callable[[Any], Any]
Refs = Mapping[int, dict[str, Any]]


def reference(title: RefTitle) -> dict[str, Any]:
    """A referenced record: its id and title, and the key of those that have one."""
    shown = {"id": encode(title.id), "title": title.title}
    return shown if title.key is None else shown | {"key": title.key}


def turn_of(kind: Kind, refs: Refs) -> Turn | None:
    """What makes a field's value JSON; ``None`` when it is JSON already. Records out of sight become null."""
    if kind.key == "many_references":
        return lambda ids: [refs[one] for one in ids if one in refs] or None
    if getattr(kind, "to", None) is not None:
        return refs.get
    plain = type(kind).to_json is Kind.to_json
    return None if plain or (isinstance(kind, Computed) and type(kind.kind).to_json is Kind.to_json) else kind.to_json


@dataclass
class Shape:
    """A set of fields to read and show, compiled once a request.

    :param names: the entity's own fields, in order.
    :param extra: which of ``version`` and ``title`` go along.
    :param hops: paths through references, by their first field: ``{"account": ["industry", "parent.name"]}``.
    """

    spec: EntitySpec
    actor: Actor
    names: list[str]
    extra: tuple[str, ...] = ALWAYS
    hops: dict[str, list[str]] = field(default_factory=dict)

    @property
    def reads(self) -> list[str]:
        """Fields the query must fetch."""
        wanted = dict.fromkeys(self.names)
        wanted.update(dict.fromkeys(self.hops))
        wanted.update(dict.fromkeys(self.spec.declaration.told_by))
        if "title" in self.extra:
            wanted.update(dict.fromkeys(self.spec.title_fields))
        return [name for name in wanted if not self.actor.hides(self.spec.key, name)]

    def show(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The rows as JSON, with a number of queries that does not depend on how many rows there are."""
        titles = titles_for(self.spec, rows, self.actor, self.names)
        refs = {pk: reference(title) for pk, title in titles.items()}
        plan = [(name, turn_of(self.spec.fields[name], refs)) for name in self.names]
        hopped = {head: self._hop(head, paths, rows) for head, paths in self.hops.items()}
        version, titled = "version" in self.extra, "title" in self.extra
        context = snapshots.current().context(self.actor)
        tells, shown = type(self.spec.declaration).told is not Entity.told, []
        for row in rows:
            values = self.spec.declaration.told(row, self.actor) if tells else row
            out: dict[str, Any] = {"id": encode(values["id"])}
            if version:
                out["version"] = values["version"]
            if titled:
                out["title"] = shown_title(self.spec, values, context)
            for name, turn in plan:
                value = values.get(name)
                out[name] = value if value is None or turn is None else turn(value)
            for head, (paths, found) in hopped.items():
                other = found.get(values.get(head) or 0, {})
                for path in paths:
                    out[f"{head}.{path}"] = other.get(path)
            shown.append(out)
        return shown

    def _hop(
        self, head: str, paths: list[str], rows: Sequence[Mapping[str, Any]]
    ) -> tuple[list[str], dict[int, dict[str, Any]]]:
        """Values of the records a field points to, as far as the actor sees them."""
        target = str(self.spec.fields[head].to)  # type: ignore[attr-defined]
        inner = shape_of(registry()[target], self.actor, paths)
        ids = {row[head] for row in rows if row.get(head)}
        if not ids:
            return paths, {}
        found = query.rows(target, self.actor).read(ids, inner.reads)
        return paths, dict(zip(found, inner.show(list(found.values())), strict=True))


def whole(spec: EntitySpec, actor: Actor) -> Shape:
    """Every field the actor may see."""
    return Shape(spec, actor, [name for name in spec.fields if not actor.hides(spec.key, name)])


def shape_of(spec: EntitySpec, actor: Actor, words: Iterable[str] | None) -> Shape:
    """The shape for ``fields=a,b.c``.

    :raises Rejected: 400 for a field that is unknown or hidden, which look the same.
    """
    if words is None:
        return whole(spec, actor)
    names: list[str] = []
    extra: list[str] = []
    hops: dict[str, list[str]] = {}
    for word in words:
        head, _, rest = word.partition(".")
        if word in ALWAYS and word not in spec.fields:
            extra.append(word)
            continue
        kind = spec.fields.get(head)
        if kind is None or actor.hides(spec.key, head):
            raise refuse("unknown_field", "fields", name=word[:80])
        if not rest:
            names.append(head)
        else:
            _check_hop(kind, rest, word, actor)
            hops.setdefault(head, []).append(rest)
    return Shape(spec, actor, names, tuple(extra), hops)


def _check_hop(kind: Kind, rest: str, word: str, actor: Actor) -> None:
    target = getattr(kind, "to", None)
    single = target is not None and target != "*" and kind.key != "many_references"
    if not single or rest.count(".") >= MAX_HOPS or not sees(str(target), actor):
        raise refuse("unknown_field", "fields", name=word[:80])
    try:
        shape_of(registry()[str(target)], actor, [rest])
    except NotFound:
        raise refuse("unknown_field", "fields", name=word[:80]) from None


def show_one(spec: EntitySpec, actor: Actor, record_id: int, words: Iterable[str] | None = None) -> dict[str, Any]:
    """One record as JSON.

    :raises NotFound: when it is not there for the actor.
    """
    shape = shape_of(spec, actor, words)
    values = query.rows(spec.key, actor).get(record_id, shape.reads)
    return shape.show([values])[0]
