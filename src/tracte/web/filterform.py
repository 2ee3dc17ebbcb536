"""The form of the filter builder: what was sent becomes a draft, one step changes it, and it is drawn again.

Every step works without script: each button sends the whole form. Nothing is kept between steps but the form itself.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from tracte.engine.filtering import fields
from tracte.engine.filtering.comparisons import NOTHING, Given, carried, comparison, comparisons
from tracte.engine.filtering.draft import DEEPEST, MOST_PARTS, NOT_ALL, Group, Kept, Line, Part, Way, at, inner_of, put
from tracte.engine.filtering.fields import Place, place_of
from tracte.engine.listing import MAX_FILTER
from tracte.engine.sentences import sentences
from tracte.engine.titles import anywhere
from tracte.kernel.problems import Rejected
from tracte.meta.conditions import Reader
from tracte.meta.kinds.base import Kind, RefTitle
from tracte.meta.registry import EntitySpec
from tracte.records import query
from tracte.records.query import Rows
from tracte.web import filtercontrols
from tracte.web.filtercontrols import Box, second_name, unit_name

ROOT = "r"
_NODE = re.compile(r"r(?:-[0-9]{1,2}){1,5}\Z")
STEPS = ("add", "group", "remove", "wrap", "open")


# -- what was sent ---------------------------------------------------------------------------------------------------
def read(spec: EntitySpec, data: QueryDict, reader: Reader) -> Group:
    """The draft a form was sent with.

    :param data: ``node`` names each line and group in their order; what each says is sent under its name.
    """
    nodes = [node for node in dict.fromkeys(data.getlist("node")) if _NODE.match(node)][: 2 * MOST_PARTS]
    below: dict[str, list[str]] = {}
    for node in nodes:
        below.setdefault(node.rpartition("-")[0], []).append(node)
    return _Sent(data, below, reader).group(spec, ROOT)


@dataclass(frozen=True, slots=True)
class _Sent:
    data: QueryDict
    below: Mapping[str, list[str]]
    reader: Reader

    def group(self, spec: EntitySpec, node: str) -> Group:
        word = self.data.get(f"w:{node}", "all")
        found = (self.part(spec, child) for child in self.below.get(node, ()))
        return Group(
            word if word in ("all", "any", "none", NOT_ALL) else "all", tuple(one for one in found if one is not None)
        )

    def part(self, spec: EntitySpec, node: str) -> Part | None:
        if f"k:{node}" in self.data:
            return self.kept(spec, self.data.get(f"k:{node}", ""))
        if f"p:{node}" not in self.data:
            return self.group(spec, node)
        path, op = self.data.getlist(f"p:{node}")[-1].strip()[:200], self.data.get(f"o:{node}", "")
        name = f"v:{node}"
        values = tuple(self.data.getlist(name))
        given = Given(values, self.data.get(second_name(name), ""), self.data.get(unit_name(name), ""))
        place = place_of(spec, path, self.reader.context, self.reader) if path else None
        if place is None:
            return Line(path, op, given)
        return fitted(self, place, Line(path, op, given), node)

    def kept(self, spec: EntitySpec, text: str) -> Kept | None:
        """What the builder does not show, as it was; ``None`` for what the reader may not ask."""
        try:
            raw = json.loads(text[:MAX_FILTER])
            replace(self.reader, leaves=0).read(spec, raw)
        except (ValueError, RecursionError, Rejected):
            return None
        return Kept(raw)


def fitted(sent: _Sent, place: Place, line: Line, node: str) -> Line:
    """The line with a comparison its field has, and the conditions on what a collection collects.

    What was given for another field goes; for another comparison it stays as far as it fits.
    """
    context = sent.reader.context
    one = comparison(place.kind, line.op, context) or comparisons(place.kind, context)[0]
    inner = sent.group(place.collection, node) if place.collection is not None else None
    was_path, _sep, was_op = sent.data.get(f"b:{node}", f"{line.path} {line.op}").partition(" ")
    given = line.given if was_path == line.path else NOTHING
    if place.kind is not None and (was_path, was_op) != (line.path, one.key):
        given = carried(place.kind, one, given)
    return replace(line, op=one.key, given=given, inner=inner)


# -- one step --------------------------------------------------------------------------------------------------------
def stepped(draft: Group, step: str) -> tuple[Group, str]:
    """The draft after one step (``add:r-0``), and the element one stands on then."""
    word, _sep, node = step.partition(":")
    way = way_of(node)
    if word not in STEPS or way is None:
        return draft, ""
    found = at(draft, way)
    inside = inner_of(found)
    if word in ("add", "group") and inside is not None:
        return _added(draft, way, found, inside, word)
    if not way or found is None:
        return draft, ""
    if word == "remove":
        return put(draft, way), f"add-{node.rpartition('-')[0]}"
    if word == "wrap" and len(way) <= DEEPEST and not isinstance(found, Group):
        return put(draft, way, Group("any", (found, Line()))), f"w-{node}"
    if word == "open" and isinstance(found, Group):
        return put(draft, way, *found.parts), f"add-{node.rpartition('-')[0]}"
    return draft, ""


def _added(draft: Group, way: Way, found: Part | None, inside: Group, word: str) -> tuple[Group, str]:
    if word == "group" and len(way) >= DEEPEST:
        return draft, ""
    new: Part = Line() if word == "add" else Group("any", (Line(),))
    grown = replace(inside, parts=(*inside.parts, new))
    node = node_of((*way, len(inside.parts)))
    focus = f"p-{node}" if word == "add" else f"p-{node}-0"
    if not way:
        return grown, focus
    changed: Part = replace(found, inner=grown) if isinstance(found, Line) else grown
    return put(draft, way, changed), focus


def way_of(node: str) -> Way | None:
    """``r-0-2`` as a way into the draft."""
    if node == ROOT:
        return ()
    return tuple(int(step) for step in node.split("-")[1:]) if _NODE.match(node) else None


def node_of(way: Way) -> str:
    """How the form names what a way leads to."""
    return "-".join([ROOT, *map(str, way)])


# -- drawing it ------------------------------------------------------------------------------------------------------
def drawn(rows: Rows, draft: Group, focus: str = "", *, plain: bool = False) -> dict[str, Any]:
    """The draft as the template shows it.

    :param focus: id of the element to stand on. :param plain: it must also work without script.
    """
    reader = rows.reader()
    drawer = _Drawer(rows, reader, _titles(rows, rows.spec, draft, reader), focus, plain)
    return drawer.group(rows.spec, draft, ())


@dataclass(frozen=True, slots=True)
class _Drawer:
    rows: Rows
    reader: Reader
    titles: Mapping[int, RefTitle]
    focus: str
    plain: bool

    def group(self, spec: EntitySpec, group: Group, way: Way, of: str = "") -> dict[str, Any]:
        node = node_of(way)
        words = [
            ("all", _("All of these hold")),
            ("any", _("Any of these holds")),
            ("none", _("None of these holds")),
        ]
        if group.word == NOT_ALL:
            words.append((NOT_ALL, _("Not all of these hold")))
        return {
            "group": True,
            "node": node,
            "of": of,
            "word": group.word,
            "words": filtercontrols.options(words, {group.word}),
            "focus": self.focus == f"w-{node}",
            "focus_add": self.focus == f"add-{node}",
            "outermost": not way,
            "may_group": len(way) < DEEPEST,
            "parts": [self.part(spec, part, (*way, step)) for step, part in enumerate(group.parts)],
        }

    def part(self, spec: EntitySpec, part: Part, way: Way) -> dict[str, Any]:
        if isinstance(part, Group):
            return self.group(spec, part, way)
        if isinstance(part, Kept):
            (said,) = sentences(self.rows, [part.raw], spec)
            raw = json.dumps(part.raw, separators=(",", ":"), ensure_ascii=False)
            return {"kept": True, "node": node_of(way), "text": said.text, "raw": raw}
        return self.line(spec, part, way)

    def line(self, spec: EntitySpec, line: Line, way: Way) -> dict[str, Any]:
        node, flat = node_of(way), len(way) > DEEPEST + 1
        place = place_of(spec, line.path, self.rows.context, self.reader) if line.path else None
        kind = place.kind if place else None
        ops = comparisons(kind, self.rows.context) if place else ()
        one = next((found for found in ops if found.key == line.op), ops[0] if ops else None)
        drawn: dict[str, Any] = {
            "node": node,
            "path": line.path,
            "before": f"{line.path} {line.op}",
            "title": place.text if place else line.path,
            "fields_url": f"/{spec.plural}/filter/fields" + ("?flat=1" if flat else ""),
            "ops": filtercontrols.options([(found.key, str(found.label)) for found in ops], {line.op}),
            "problem": line.problem,
            "focus_field": self.focus == f"p-{node}",
            "focus_op": self.focus == f"o-{node}",
            "may_wrap": len(way) <= DEEPEST,
        }
        if place and kind and one:
            drawn["control"] = filtercontrols.control(kind, one, line.given, self.box(node, line))
        if self.plain:
            drawn["sections"] = fields.offered(spec, self.reader, self.rows.context, flat=flat)
        if line.inner is not None and place is not None:
            drawn["inner"] = self.group(place.collection or spec, line.inner, way, place.label)
        return drawn

    def box(self, node: str, line: Line) -> Box:
        return Box(
            f"v:{node}",
            f"v-{node}",
            self.rows.snapshot,
            self.rows.context,
            self.titles,
            bool(line.problem),
            f"e-{node}",
            self.focus == f"v-{node}",
        )


def _titles(rows: Rows, spec: EntitySpec, draft: Group, reader: Reader) -> dict[int, RefTitle]:
    wanted: dict[str, set[int]] = {}
    _collect(rows, spec, draft, reader, wanted)
    topics, found = wanted.pop("*", set()), dict[int, RefTitle]()
    for target, ids in wanted.items():
        found.update(query.titles(target, ids, rows.actor))
    return anywhere(topics, rows.actor, found)


def _collect(rows: Rows, spec: EntitySpec, group: Group, reader: Reader, wanted: dict[str, set[int]]) -> None:
    for part in group.parts:
        if isinstance(part, Group):
            _collect(rows, spec, part, reader, wanted)
        elif isinstance(part, Line):
            place = place_of(spec, part.path, rows.context, reader) if part.path else None
            kind: Kind | None = place.kind if place else None
            ids = filtercontrols.chosen_ids(kind, part.given, rows.context)
            if ids:
                wanted.setdefault(str(getattr(kind, "to", "")), set()).update(ids)
            if part.inner is not None and place is not None and place.collection is not None:
                _collect(rows, place.collection, part.inner, reader, wanted)
