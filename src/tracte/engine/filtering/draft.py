"""A filter being built: groups and lines as somebody sees them, read from conditions and written back to them.

What the builder cannot show (a comparison it does not offer, groups deeper than it nests) stays in it as it is, reads
as a sentence, and is written back untouched.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tracte.engine.filtering.comparisons import NOTHING, Given, comparison, put_together, taken_apart
from tracte.engine.filtering.fields import Place, place_of
from tracte.engine.savedviews import parts_of
from tracte.kernel.problems import Fault, Problem, Rejected
from tracte.meta.conditions import Reader
from tracte.meta.kinds.base import Context
from tracte.meta.registry import EntitySpec

WORDS = ("all", "any", "none")
NOT_ALL = "not_all"  # only read, never offered
DEEPEST = 2  # groups inside the outermost one
MOST_PARTS = 60


@dataclass(frozen=True, slots=True)
class Kept:
    """A condition the builder leaves as it is."""

    raw: Any


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison, or a collection with the conditions on what it collects.

    :param op: key of the comparison; ``""`` while none is chosen.
    :param problem: what is wrong with it, in words.
    """

    path: str = ""
    op: str = ""
    given: Given = NOTHING
    inner: "Group | None" = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of which all, any or none must hold."""

    word: str = "all"
    parts: "tuple[Part, ...]" = ()


Part = Group | Line | Kept


# -- from conditions -------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Maker:
    """Reads and writes drafts for one reader.

    :param reader: the guard of each path and the judge of each condition.
    """

    reader: Reader
    context: Context

    def read(self, spec: EntitySpec, parts: list[Any]) -> Group:
        """The draft of conditions that must all hold."""
        if len(parts) == 1 and isinstance(parts[0], Mapping) and (only := self._group(spec, parts[0], 0)) is not None:
            return only
        return Group("all", tuple(self._part(spec, part, 1) for part in parts))

    def _part(self, spec: EntitySpec, raw: Any, depth: int) -> Part:
        if isinstance(raw, Mapping):
            return self._group(spec, raw, depth) or Kept(raw)
        return self._line(spec, raw, depth) or Kept(raw)

    def _group(self, spec: EntitySpec, raw: Any, depth: int, deepest: int = DEEPEST) -> Group | None:
        """A group of the condition language; ``None`` when it is deeper than the builder nests."""
        if depth > deepest or len(raw) != 1:
            return None
        ((word, inner),) = raw.items()
        if word == "not":
            if isinstance(inner, Mapping) and len(inner) == 1 and (turned := next(iter(inner))) in ("any", "all"):
                word, inner = {"any": "none", "all": NOT_ALL}[turned], inner[turned]
            else:
                word, inner = "none", [inner]
        if not isinstance(inner, list | tuple):
            return None
        return Group(word, tuple(self._part(spec, part, depth + 1) for part in inner))

    def _line(self, spec: EntitySpec, raw: Any, depth: int) -> Line | None:
        path, op, *rest = raw
        place = place_of(spec, path, self.context, self.reader)
        if place is None:
            return None
        operand = rest[0] if rest else None
        if place.collection is not None:
            return self._collected(place, op, operand, depth)
        found = taken_apart(place.kind, op, operand, self.context) if place.kind else None
        return Line(path, found[0].key, found[1]) if found else None

    def _collected(self, place: Place, op: str, raw: Any, depth: int) -> Line | None:
        if depth > DEEPEST + 1 or op not in ("any", "none") or place.collection is None:
            return None
        if op == "none" and isinstance(raw, Mapping) and set(raw) == {"not"}:
            op, raw = "every", raw["not"]
        inner: Group | None = Group()
        if isinstance(raw, Mapping) and raw:
            inner = self._group(place.collection, raw, depth, DEEPEST + 1)
        elif raw:
            inner = Group("all", (self._part(place.collection, raw, depth + 1),))
        return None if inner is None else Line(place.path, op, inner=inner)

    # -- to conditions -----------------------------------------------------------------------------------------------
    def write(self, spec: EntitySpec, draft: Group) -> tuple[list[Any], Group]:
        """The conditions of a draft, and the draft with what is wrong beside each line. Lines nobody began are left
        out."""
        raw, marked = self._written(spec, draft)
        parts = [] if raw is None else parts_of(raw)
        while len(parts) == 1 and isinstance(parts[0], Mapping) and "all" in parts[0]:
            parts = list(parts[0]["all"])
        return parts, marked

    def _written(self, spec: EntitySpec, group: Group) -> tuple[Any, Group]:
        made, marked = [], list[Part]()
        for part in group.parts:
            raw, checked = self._one(spec, part)
            marked.append(checked)
            if raw is not None:
                made.append(raw)
        found = replace(group, parts=tuple(marked))
        if not made:
            return None, found
        if group.word in ("none", NOT_ALL):
            return {"not": {"any" if group.word == "none" else "all": made}}, found
        return {group.word if group.word in WORDS else "all": made}, found

    def _one(self, spec: EntitySpec, part: Part) -> tuple[Any, Part]:
        if isinstance(part, Group):
            return self._written(spec, part)
        if isinstance(part, Kept):
            return part.raw, part
        if not part.path:
            return None, part
        place = place_of(spec, part.path, self.context, self.reader)
        if place is None:
            return None, replace(part, problem=Problem(None, "unknown_field", {"name": part.path}).message)
        if place.collection is not None:
            return self._gathered(spec, place, part)
        one = comparison(place.kind, part.op, self.context)
        if one is None or place.kind is None:
            return None, replace(part, problem=Problem(None, "unknown_operator", {"op": part.op}).message)
        try:
            raw = [part.path, *put_together(place.kind, one, part.given, self.context)]
        except Fault as fault:
            return None, replace(part, problem=Problem(None, fault.code, fault.params).message)
        return self._judged(spec, raw, part)

    def _gathered(self, spec: EntitySpec, place: Place, part: Line) -> tuple[Any, Part]:
        if place.collection is None or part.inner is None or comparison(None, part.op, self.context) is None:
            return None, replace(part, problem=Problem(None, "unknown_operator", {"op": part.op}).message)
        inner, marked = self._written(place.collection, part.inner)
        checked = replace(part, inner=marked)
        if problems(marked):
            return None, checked
        if part.op != "every":
            return [part.path, part.op] if inner is None else [part.path, part.op, inner], checked
        if inner is None:
            return None, replace(checked, problem=Problem(None, "required").message)
        return [part.path, "none", {"not": inner}], checked

    def _judged(self, spec: EntitySpec, raw: list[Any], part: Line) -> tuple[Any, Part]:
        """The compiler has the last word on each line: the same guard as for any other filter."""
        try:
            replace(self.reader, leaves=0).read(spec, raw)
        except Rejected as rejected:
            return None, replace(part, problem=rejected.problems[0].message)
        return raw, part


def problems(group: Group) -> list[str]:
    """What is wrong with each line, in their order."""
    found: list[str] = []
    for part in group.parts:
        if isinstance(part, Group):
            found += problems(part)
        elif isinstance(part, Line):
            found += [part.problem] if part.problem else []
            found += problems(part.inner) if part.inner is not None else []
    return found


# -- changing one part of it -----------------------------------------------------------------------------------------
Way = tuple[int, ...]


def at(group: Group, way: Way) -> Part | None:
    """The part a way leads to: the third part of the first group is ``(0, 2)``."""
    found: Part | None = group
    for step in way:
        inside = inner_of(found)
        if inside is None or not 0 <= step < len(inside.parts):
            return None
        found = inside.parts[step]
    return found


def inner_of(part: Part | None) -> Group | None:
    """The group a part is, or holds."""
    return part if isinstance(part, Group) else part.inner if isinstance(part, Line) else None


def put(group: Group, way: Way, *parts: Part) -> Group:
    """The draft with other parts, or none, where a way leads to."""
    (step, *rest) = way
    if not rest:
        return replace(group, parts=(*group.parts[:step], *parts, *group.parts[step + 1 :]))
    inside = group.parts[step]
    changed: Part
    if isinstance(inside, Group):
        changed = put(inside, tuple(rest), *parts)
    elif isinstance(inside, Line) and inside.inner is not None:
        changed = replace(inside, inner=put(inside.inner, tuple(rest), *parts))
    else:
        return group
    return replace(group, parts=(*group.parts[:step], changed, *group.parts[step + 1 :]))
