"""What the pages of a change to many records show: the form, the preview, and the work under way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tracte.engine import bulk as bulks
from tracte.engine.bulk import Change, Progress, Selection, Tally
from tracte.engine.recordpage import editable_fields
from tracte.engine.titles import titles_for
from tracte.kernel.actor import Actor
from tracte.kernel.ids import encode
from tracte.kernel.problems import Problem
from tracte.meta.kinds.base import say
from tracte.meta.registry import EntitySpec, registry
from tracte.meta.values import shown_title
from tracte.records import query
from tracte.web import controls
from tracte.web import recordparts as parts
from tracte.web.addresses import record_url
from tracte.web.request import ActorRequest
from tracte.web.views.actions import form_field, summary
from tracte.web.views.list import number


@dataclass(frozen=True)
class Asked:
    """What somebody wants done: to which records, and where they came from.

    :param where: the list's address, as a query string. :param back: the way back to the list.
    """

    spec: EntitySpec
    action: str
    selection: Selection
    where: str
    back: str

    def fields(self, actor: Actor) -> list[str]:
        """The fields that can be set for many at once, in the order of the form."""
        may = editable_fields(self.spec, actor, "edit")
        if self.action == "assign":
            return ["owner"] if "owner" in may else []
        placed = [name for group in self.spec.declaration.form.groups for name in group.fields]
        named = dict.fromkeys((*placed, "owner", "team", *(n for n, k in self.spec.fields.items() if k.cf_key)))
        single = {name for name in named if getattr(self.spec.fields[name], "unique", False)}
        return [name for name in named if name in may and name not in single and name not in self.spec.title_fields]

    def count(self, actor: Actor) -> int:
        if self.selection.ids is not None:
            return len(self.selection.ids)
        return self.selection.within(query.rows(self.spec.key, actor)).queryset().count()

    def hidden(self) -> list[dict[str, str]]:
        """The selection as inputs of a form."""
        found = [{"name": "action", "value": self.action}, {"name": "where", "value": self.where}]
        if self.selection.ids is None:
            return [*found, {"name": "all", "value": "1"}]
        return [*found, *({"name": "ids", "value": encode(pk)} for pk in self.selection.ids)]


def things(request: ActorRequest, spec: EntitySpec, count: int) -> str:
    """``40 opportunities`` in the reader's language."""
    label = say(spec.declaration.label if count == 1 else spec.declaration.label_plural, request.context)
    values = {"n": number(count, request.context.language), "things": label[:1].lower() + label[1:]}
    return _("%(n)s %(things)s") % values


def title_of(request: ActorRequest, asked: Asked, count: int, change: Change | None = None) -> str:
    """What the change is called, in the list of changes too."""
    many = things(request, asked.spec, count)
    if asked.action == "delete":
        return _("Delete %(things)s") % {"things": many}
    if asked.action == "assign":
        return _("Assign %(things)s") % {"things": many}
    labels = [say(asked.spec.fields[name].label, request.context) for name in (change.values if change else ())]
    if not labels:
        return _("Edit %(things)s") % {"things": many}
    return _("Edit %(things)s: %(fields)s") % {"things": many, "fields": ", ".join(labels)}


def _base(request: ActorRequest, asked: Asked, title: str) -> dict[str, Any]:
    declared = asked.spec.declaration
    return {
        "area": declared.area,
        "module": asked.spec.key,
        "title": title,
        "url": f"/{asked.spec.plural}/bulk",
        "back": asked.back,
        "hidden": [*asked.hidden(), {"name": controls.NONCE, "value": controls.new_nonce()}],
    }


# -- asking ----------------------------------------------------------------------------------------------------------
def form_page(
    request: ActorRequest, asked: Asked, problems: Sequence[Problem], chosen: Sequence[str]
) -> dict[str, Any]:
    """The form: every field that can be set, each with a box that says whether it is."""
    spec, page = asked.spec, _Page(request)
    fields = []
    for name in asked.fields(request.actor):
        kind = spec.fields[name]
        raw = kind.from_form(request.POST) if kind.in_form(request.POST) else None
        fields.append(form_field(request, spec, name, raw, page, problems) | {"chosen": name in chosen, "tick": False})
    count = asked.count(request.actor)
    return _base(request, asked, title_of(request, asked, count)) | {
        "fields": fields,
        "alone": asked.action == "assign",
        "problems": summary(spec, problems, page),
    }


class _Page:
    """What a form needs of a page."""

    def __init__(self, request: ActorRequest) -> None:
        self.context = request.context


# -- the preview -----------------------------------------------------------------------------------------------------
def preview_page(
    request: ActorRequest, asked: Asked, tally: Tally, change: Change, sent: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    """What would change, what would stay and why, with the first of them before and after."""
    language = request.context.language
    part = tally.tried < tally.matched
    changed, gone = tally.changed, asked.action == "delete"
    shown = number(changed, language)
    words = {
        "delete": _("Delete %(n)s"),
        "assign": _("Assign %(n)s"),
        "edit": _("Change %(n)s"),
    }[asked.action] % {"n": number(tally.matched - tally.left - tally.unchanged, language)}
    if part:
        words = {"delete": _("Delete all"), "assign": _("Assign all"), "edit": _("Change all")}[asked.action]
    return _base(request, asked, title_of(request, asked, tally.matched, change)) | {
        "sent": sent,
        "button": words if changed else "",
        "danger": gone,
        "tabs": [
            {"kind": "bad" if gone else "upd", "label": _("Deleted") if gone else _("Changed"), "count": shown},
            {"kind": "same", "label": _("Already so"), "count": number(tally.unchanged, language)},
            {"kind": "bad", "label": _("Left as they are"), "count": number(tally.left, language)},
        ],
        "tried": _("Tried on the first %(n)s of %(all)s. The rest is checked the same way when it is done.")
        % {"n": number(tally.tried, language), "all": number(tally.matched, language)}
        if part
        else "",
        "later": tally.matched > bulks.AT_ONCE,
        "reasons": reasons(request, tally.refused),
        "rows": _rows(request, asked.spec, tally),
        "edit": not gone,
    }  # fmt: skip


def reasons(request: ActorRequest, refused: Mapping[str, int]) -> list[dict[str, str]]:
    """Why records stay as they are, the most frequent reason first."""
    language = request.context.language
    listed = sorted(refused.items(), key=lambda one: (-one[1], one[0]))
    return [{"why": reason(code), "count": number(count, language)} for code, count in listed]


def reason(code: str) -> str:
    """A problem's code as the reason why a record was left as it is."""
    if code == "no_right":
        return _("You may not change them, or not many at once.")
    return Problem(None, code).message.split("%(")[0]


def _rows(request: ActorRequest, spec: EntitySpec, tally: Tally) -> list[dict[str, Any]]:
    """The first records for ``components/change_rows.html``; hidden fields are left out."""
    actor = request.actor
    shown = [result for result in tally.results if result.id is not None]
    diffs = [
        {name: pair for name, pair in result.diff.items() if name in spec.fields and not actor.hides(spec.key, name)}
        for result in shown
    ]
    sides = [{name: pair[side] for name, pair in diff.items()} for diff in diffs for side in (0, 1)]
    names = list(dict.fromkeys(name for diff in diffs for name in diff))
    titles = titles_for(spec, sides, actor, names)
    values = query.rows(spec.key, actor).read([int(one.id or 0) for one in shown], spec.title_fields)
    context = replace(request.context, titles=titles)
    made = []
    for at, (result, diff) in enumerate(zip(shown, diffs, strict=True), 1):
        bad, gone = result.verdict == "problem", result.verdict == "deleted"
        pk = int(result.id or 0)
        made.append(
            {
                "number": at,
                "kind": "bad" if bad or gone else "upd",
                "word": _("Left as it is") if bad else _("Moved to the bin") if gone else _("Updated"),
                "title": shown_title(spec, values[pk], context) if pk in values else "",
                "sign": "person" if spec.declaration.avatar == "who" else "org",
                "url": record_url(spec, pk),
                "why": " ".join(dict.fromkeys(_why(one) for one in result.problems if not one.warning)) if bad else "",
                "text": _("Moved to the bin") if gone else "",
                "diffs": [
                    {
                        "label": say(spec.fields[name].label, context),
                        "before": parts.value_text(spec.fields[name], pair[0], context),
                        "after": parts.value_text(spec.fields[name], pair[1], context),
                    }
                    for name, pair in diff.items()
                ] if not bad else [],
            }
        )  # fmt: skip
    return made


def _why(problem: Problem) -> str:
    missing = problem.code in ("no_such_record", "no_right") and problem.field is None
    return reason("no_right") if missing else problem.message


# -- done, or under way ----------------------------------------------------------------------------------------------
def finished_words(
    request: ActorRequest, action: str, changed: int, unchanged: int, refused: Mapping[str, int]
) -> tuple[str, str]:
    """What was done, in one line, and its tone."""
    language, left = request.context.language, sum(refused.values())
    done = {
        "delete": ngettext("%(n)s record deleted", "%(n)s records deleted", changed),
        "assign": ngettext("%(n)s record assigned", "%(n)s records assigned", changed),
        "make": ngettext("%(n)s record made", "%(n)s records made", changed),
    }.get(action, ngettext("%(n)s record changed", "%(n)s records changed", changed))
    words = [done % {"n": number(changed, language)}]
    if unchanged:
        same = ngettext("%(n)s was so already", "%(n)s were so already", unchanged)
        if action == "make":
            same = ngettext("%(n)s had one already", "%(n)s had one already", unchanged)
        words.append(same % {"n": number(unchanged, language)})
    if left:
        stayed = ngettext("%(n)s was left as it is", "%(n)s were left as they are", left)
        words.append(stayed % {"n": number(left, language)} + ": " + " ".join(reason(code) for code in sorted(refused)))
    return "; ".join(words), "warn" if left else "good"


def work_page(request: ActorRequest, progress: Progress) -> dict[str, Any]:
    """How a change in the background stands, or what became of it."""
    spec, language = registry()[progress.entity], request.context.language
    url = f"/{spec.plural}/bulk/{progress.changeset.pk}/"
    values = {"done": number(progress.done, language), "total": number(progress.total, language)}
    action = {"delete": "delete", "update": "edit"}.get(progress.verb, "make")
    words, tone = finished_words(request, action, progress.changed, progress.unchanged, progress.refused)
    stopped = {
        "": "",
        "cancelled": _("It was stopped. What was done until then stands, and can be undone."),
        "failed": _("It broke off. What was done until then stands, and can be undone."),
        "no_right": _("It broke off: the right to do this was taken away. What was done until then stands."),
    }.get(progress.stopped, _("It broke off: the filter could not be read any more. What was done until then stands."))
    gone = ngettext(
        "%(n)s record did not match any more when its turn came, and was left alone.",
        "%(n)s records did not match any more when their turn came, and were left alone.",
        progress.gone,
    ) % {"n": number(progress.gone, language)}
    return {
        "area": spec.declaration.area,
        "module": spec.key,
        "title": progress.changeset.title,
        "running": progress.running,
        "progress": {
            "url": f"{url}progress",
            "title": _("Working"),
            "done": progress.done,
            "total": max(progress.total, 1),
            "text": _("%(done)s of %(total)s") % values,
            "finished": not progress.running,
            "cancel_url": f"{url}cancel",
        },
        "words": words,
        "tone": tone,
        "stopped": stopped,
        "gone": gone if progress.gone else "",
        "reasons": reasons(request, progress.refused),
        "undo_url": f"/changes/{progress.changeset.pk}/undo" if progress.changed and not progress.running else "",
        "set_url": f"/changes/{progress.changeset.pk}/",
        "back": f"/{spec.plural}/",
        "here": url,
    }
