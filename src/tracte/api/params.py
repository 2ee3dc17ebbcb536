"""The query string, strictly: every parameter is known, given once, and of its own small set of values."""

import re
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

from tracte.api.bodies import read_json
from tracte.kernel.actor import Actor
from tracte.kernel.problems import Problem, Rejected
from tracte.meta.conditions.operators import ALIASES, OPERATORS
from tracte.meta.kinds.base import Kind
from tracte.meta.registry import EntitySpec, registry
from tracte.records.query import MAX_PAGE, reach

MAX_PARAMETERS, MAX_LENGTH = 60, 20_000
_FIELD = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,3}\Z")
SEVERAL = frozenset({"many_references", "tags", "multi_choice"})


def refuse(code: str, name: str | None, /, **params: object) -> Rejected:
    return Rejected([Problem(name, code, params)], status=400)


class Params:
    """The parameters of one request. Each is taken by name; :meth:`finish` refuses what nobody took."""

    def __init__(self, request: HttpRequest) -> None:
        """:raises Rejected: 400 for a parameter given twice, or too many of them."""
        found = request.GET
        if len(found) > MAX_PARAMETERS:
            raise refuse("too_many", None, max=MAX_PARAMETERS)
        self.left: dict[str, str] = {}
        for name, values in found.lists():
            if len(values) > 1:
                raise refuse("repeated_parameter", name[:80], name=name[:80])
            if "\0" in values[0] or "\0" in name or len(values[0]) > MAX_LENGTH:
                raise refuse("bad_parameter", name[:80].replace("\0", ""), name=name[:80].replace("\0", ""))
            self.left[name] = values[0]

    def text(self, name: str) -> str | None:
        """A parameter as it stands; ``None`` when left out."""
        return self.left.pop(name, None)

    def flag(self, name: str) -> bool:
        """``true`` or ``false``."""
        value = self.left.pop(name, "false")
        if value not in ("true", "false"):
            raise refuse("bad_parameter", name, name=name)
        return value == "true"

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 to ``most``."""
        value = self.left.pop(name, None)
        if value is None:
            return default
        if not (value.isascii() and value.isdigit() and len(value) < 8 and 1 <= int(value) <= most):
            raise refuse("bad_parameter", name, name=name)
        return int(value)

    def limit(self) -> int:
        return self.number("limit", 50, MAX_PAGE)

    def words(self, name: str, most: int = 60) -> list[str] | None:
        """Words between commas, each once; ``None`` when left out."""
        value = self.left.pop(name, None)
        if value is None:
            return None
        words = value.split(",")
        if not all(words) or len(set(words)) != len(words) or len(words) > most:
            raise refuse("bad_parameter", name, name=name)
        return words

    def json(self, name: str) -> Any:
        """A parameter holding JSON; ``None`` when left out."""
        value = self.left.pop(name, None)
        return None if value is None else read_json(value, field=name, status=400)

    def finish(self) -> None:
        """:raises Rejected: 400 naming every parameter that means nothing here."""
        if self.left:
            raise Rejected(
                [Problem(name[:80], "unknown_parameter", {"name": name[:80]}) for name in self.left], status=400
            )


def take_filters(params: Params, spec: EntitySpec, actor: Actor) -> Any:
    """``filter=<condition>`` and the short forms ``field=value``, ``field__op=value`` as one condition, or ``None``.

    Takes every parameter that names a field; call it after the others were taken.
    """
    parts: list[Any] = []
    whole = params.json("filter")
    if whole is not None and whole != {}:
        parts.append(whole)
    for name in list(params.left):
        path, _, op = name.partition("__")
        kind = kind_at(spec, path, actor)
        if kind is not None:
            parts.append(_leaf(kind, path, op or "eq", params.left.pop(name), name))
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else {"all": parts}


def _leaf(kind: Kind | str, path: str, op: str, value: str, name: str) -> list[Any]:
    several = isinstance(kind, Kind) and kind.key in SEVERAL
    op = ALIASES.get(op, op)
    if several and op == "eq":
        op, listed = "has_any", True
    elif op in OPERATORS:
        listed = OPERATORS[op].takes in ("list", "pair")
    else:
        raise refuse("unknown_operator", name[:80], op=op[:40])
    if op in ("empty", "not_empty"):
        if value not in ("true", "false"):
            raise refuse("bad_parameter", name, name=name)
        return [path, op if value == "true" else {"empty": "not_empty", "not_empty": "empty"}[op]]
    if listed:
        return [path, op, [_typed(kind, item) for item in value.split(",")] if value else []]
    return [path, op, _typed(kind, value)]


def _typed(kind: Kind | str, value: str) -> Any:
    """Text of a query string as JSON would say it."""
    if isinstance(kind, Kind) and kind.key == "yes_no":
        return {"true": True, "false": False}.get(value, value)
    return value


def kind_at(spec: EntitySpec, path: str, actor: Actor) -> Kind | str | None:
    """What a dotted path ends at for this actor; ``"id"`` for the id itself, ``None`` when there is no such field.

    Hidden and unknown look the same.
    """
    if not _FIELD.match(path):
        return None
    if path == "id":
        return "id"
    head, _, rest = path.partition(".")
    kind = spec.fields.get(head)
    if kind is None or actor.hides(spec.key, head):
        return None
    if not rest:
        return kind
    if rest in (parts := kind.parts()):
        return parts[rest]
    target = getattr(kind, "to", None)
    if target is None or target == "*" or not sees(target, actor):
        return None
    return kind_at(registry()[target], rest, actor)


def sees(entity: str, actor: Actor) -> bool:
    """Whether any record of ``entity`` may be in the actor's sight."""
    return reach(registry()[entity], actor, "view") > 0


def choose(params: Params, name: str, allowed: Iterable[str]) -> str | None:
    """A parameter that is one of a few words."""
    value = params.text(name)
    if value is not None and value not in allowed:
        raise refuse("bad_parameter", name, name=name)
    return value
