"""Sharing rules: what is opened to whom, read as sentences, and a page that builds one with the filter builder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from tracte.engine import listing, naming
from tracte.engine.filtering import draft as drafts
from tracte.engine.filtering.draft import Group, Kept, Line, Maker, Part
from tracte.engine.savedviews import parts_of
from tracte.engine.sentences import lowered, sentences, titles_in
from tracte.kernel.ids import encode
from tracte.kernel.problems import Problem, Rejected
from tracte.meta.kinds.base import RefTitle
from tracte.meta.registry import registry
from tracte.records import query
from tracte.records.principals import NAMING
from tracte.records.query import Rows
from tracte.web import filterform, namedforms
from tracte.web.namedforms import Field, Named
from tracte.web.request import ActorRequest, is_fragment, with_actor
from tracte.web.views.list import count_words
from tracte.web.views.settings import require_admin

ENTITY, URL = "sharing_rule", "/settings/sharing/"
FIELDS = ("name", "kind", "how", "active", "everybody", *NAMING)


# -- the list --------------------------------------------------------------------------------------------------------
@require_safe
@with_actor
def rule_list(request: ActorRequest) -> HttpResponse:
    """``GET /settings/sharing/``: every rule as a sentence, with how many people it is for."""
    require_admin(request)
    rules = sorted(request.snapshot.live(ENTITY), key=lambda row: str(row["name"]).casefold())
    known, said = naming.standing_for(request.snapshot), _conditions(request, rules)
    found = {
        "area": "settings",
        "module": ENTITY,
        "title": _("Sharing rules"),
        "sub": _("Records that more people see than their roles say."),
        "new": {"label": _("New sharing rule"), "url": f"{URL}new/"},
        "icon": "share-2",
        "rows": [_row(request, rule, said[rule["id"]], known) for rule in rules],
        "nothing": _("No sharing rules yet"),
        "will": _("A rule opens the records that meet a condition to people, teams, units or groups."),
    }
    return render(request, "settings/named_list.html", found)


def _row(
    request: ActorRequest, rule: Mapping[str, Any], said: str, known: Mapping[int, frozenset[int]]
) -> dict[str, Any]:
    named = naming.named_by(request.snapshot, ENTITY, rule["id"])
    people = len(naming.people_of(named, bool(rule["everybody"]), known))
    return {
        "name": rule["name"],
        "url": f"{URL}{encode(rule['id'])}/",
        "line": _who_may(request, rule, named),
        "more": said,
        "count": namedforms.counted_people(people),
        "off": "" if rule["active"] else _("Not in use"),
    }


def _who_may(request: ActorRequest, rule: Mapping[str, Any], named: naming.Named) -> str:
    """ "The group Export may see and change them"."""
    who, count = naming.names(request.snapshot, named, request.context.language)
    if rule["everybody"]:
        who, count = _("everybody"), 1
    if not who:
        return _("Nobody is named")
    if rule["how"] == "edit":
        text = ngettext("%(who)s may see and change them", "%(who)s may see and change them", count)
    else:
        text = ngettext("%(who)s may see them", "%(who)s may see them", count)
    said = text % {"who": who}
    return said[:1].upper() + said[1:]


def _conditions(request: ActorRequest, rules: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """What each rule opens, in words; the records that conditions name are read together for each kind of record."""
    found: dict[int, str] = {}
    for kind in dict.fromkeys(str(rule["kind"]) for rule in rules):
        mine = [rule for rule in rules if rule["kind"] == kind]
        if kind not in registry():
            found |= {
                rule["id"]: _("The kind of record “%(kind)s” is not there any more") % {"kind": kind} for rule in mine
            }
            continue
        rows = query.rows(kind, request.actor)
        known = {rule["id"]: naming.readable(rows, rule["condition"]) for rule in mine}
        titles = titles_in(rows, [part for rule in mine if known[rule["id"]] for part in parts_of(rule["condition"])])
        found |= {rule["id"]: _opens(rows, rule["condition"], titles, known[rule["id"]]) for rule in mine}
    return found


def _opens(rows: Rows, condition: Any, titles: Mapping[int, RefTitle], readable: bool) -> str:
    """ "Accounts · Industry is Retail"."""
    things = str(rows.spec.declaration.label_plural)
    if not readable:
        return _("%(things)s: a condition you may not read") % {"things": things}
    if not parts_of(condition):
        return _("All %(things)s") % {"things": lowered(things)}
    (said,) = sentences(rows, [condition if len(parts_of(condition)) > 1 else parts_of(condition)[0]], titles=titles)
    return _("%(things)s · %(conditions)s") % {"things": things, "conditions": said.text}


# -- one rule --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Built:
    """The condition of a rule while it is built.

    :param draft: what the builder shows. :param locked: the stored condition asks what the administrator may not see,
        or what is not there any more, and stays as it is. :param lost: a part of it could not be read.
        :param unseen: the form came without the builder, so nobody has seen which records these would be.
    """

    rows: Rows
    draft: Group
    locked: bool = False
    lost: bool = False
    unseen: bool = False


@require_http_methods(["GET", "POST"])
@with_actor
def rule_new(request: ActorRequest) -> HttpResponseBase:
    """``/settings/sharing/new/``: a rule, from nothing."""
    return _rule(request, None)


@require_http_methods(["GET", "POST"])
@with_actor
def rule_page(request: ActorRequest, record_id: int) -> HttpResponseBase:
    """``/settings/sharing/{id}/``: one rule. ``POST`` with ``do`` takes a step of the builder, counts, or saves."""
    return _rule(request, record_id)


def _rule(request: ActorRequest, record_id: int | None) -> HttpResponseBase:
    named = namedforms.begun(request, ENTITY, URL, record_id, FIELDS)
    built, step = _built(request, named), request.POST.get("do", "save") if request.method == "POST" else ""
    if step == "count":
        return HttpResponse(_told(request, named, built))
    if step == "save":
        return _saved(request, named, built)
    focus = request.POST.get("focus", "")[:40]
    if built is not None and step:
        changed, stands = filterform.stepped(built.draft, step)
        built, focus = replace(built, draft=changed), stands or focus
    return _shown(request, named, built, [], focus)


def _built(request: ActorRequest, named: Named) -> Built | None:
    """The condition in the form; ``None`` while no kind of record is chosen."""
    if named.kind is None:
        return None
    rows = query.rows(named.kind.key, request.actor)
    stored = named.stored.get("condition")
    same, blank = named.stored.get("kind") == named.kind.key, Group("all", (Line(),))
    if not _anew(request) and stored and same and not naming.readable(rows, stored):
        return Built(rows, blank, locked=True)
    if "w:r" in request.POST:
        draft = filterform.read(rows.spec, request.POST, rows.reader())
        return Built(rows, draft, lost=_kept(draft) < _kept_sent(request.POST))
    if same and stored and not _anew(request):
        return Built(rows, Maker(rows.reader(), rows.context).read(rows.spec, parts_of(stored)))
    if same and not _anew(request):
        return Built(rows, Group())
    return Built(rows, blank, unseen=True)


def _anew(request: ActorRequest) -> bool:
    """Whether a condition that cannot be read is being replaced."""
    return request.POST.get("do") == "anew" or request.POST.get("anew") == "1"


def _kept_sent(data: QueryDict) -> int:
    return sum(name.startswith("k:") for name in data)


def _kept(part: Part) -> int:
    """How many conditions the builder keeps as they are."""
    if isinstance(part, Group):
        return sum(_kept(one) for one in part.parts)
    if isinstance(part, Line):
        return _kept(part.inner) if part.inner is not None else 0
    return 1 if isinstance(part, Kept) else 0


def _written(built: Built) -> tuple[dict[str, Any] | None, Built, list[Problem]]:
    """The condition, the builder with what is wrong beside each line, and what is wrong with the whole."""
    parts, marked = Maker(built.rows.reader(), built.rows.context).write(built.rows.spec, built.draft)
    checked, condition = replace(built, draft=marked), {"all": parts} if parts else None
    if built.lost:
        return condition, checked, [Problem("condition", "bad_condition")]
    if drafts.problems(marked):
        return condition, checked, [Problem("condition", "look_below")]
    if len(listing.compact(parts)) > listing.MAX_FILTER:
        return condition, checked, [Problem("condition", "too_large", {"max": listing.MAX_FILTER})]
    try:
        built.rows.where(condition)
    except Rejected as refused:
        return condition, checked, [replace(problem, field="condition") for problem in refused.problems]
    return condition, checked, []


def _saved(request: ActorRequest, named: Named, built: Built | None) -> HttpResponseBase:
    """On to the list, or the form again with everything that is wrong in it."""
    raw = {name: named.values[name] for name in FIELDS if name in named.values}
    problems: list[Problem] = []
    if built is not None and not built.locked:
        unseen = [Problem("condition", "say_which_records")] if built.unseen else []
        raw["condition"], built, problems = _written(built)
        problems += unseen
    if not problems:
        saved = namedforms.save(request, named, raw)
        if isinstance(saved, HttpResponseBase):
            return saved
        problems = saved
    return _shown(request, named, built, problems, "")


def _shown(
    request: ActorRequest, named: Named, built: Built | None, problems: Sequence[Problem], focus: str
) -> HttpResponse:
    def sections(drawn: Field) -> list[dict[str, Any]]:
        kind = namedforms.chosen_again(drawn("kind"))
        return [
            {"title": _("What is shared"), "fields": [drawn("name"), kind, drawn("how"), drawn("active")]},
            {"title": _("Which records"), "where": _where(request, built, problems, focus)},
            {
                "title": _("With whom"),
                "text": _("It opens records, never fields, and no verb that the roles do not give at all."),
                "fields": [{**drawn(name), "wide": True} for name in ("everybody", *NAMING)],
            },
        ]

    hidden = [("anew", "1")] if _anew(request) else []
    return namedforms.shown(request, named, problems, sections, _told(request, named, built), hidden)


def _where(request: ActorRequest, built: Built | None, problems: Sequence[Problem], focus: str) -> dict[str, Any]:
    """The builder as the template shows it."""
    said = [problem.message for problem in problems if problem.field == "condition"]
    if built is None:
        return {"errors": said, "text": _("Choose the kind of record first.")}
    if built.locked:
        text = _(
            "The condition asks about fields that you may not see or that are not there any more. It stays as it is."
        )
        return {"errors": said, "text": text, "locked": True}
    return {
        "errors": said,
        "text": _("Without a condition it is every one of them."),
        "group": filterform.drawn(built.rows, built.draft, focus, plain=not is_fragment(request)),
    }


def _told(request: ActorRequest, named: Named, built: Built | None) -> SafeString | str:
    """ "Opens 16 accounts today to 3 people", where that is quick to say and nothing is missing yet."""
    if built is None or built.locked:
        return ""
    condition, _checked, problems = _written(built)
    found = None if problems else naming.opened(built.rows.spec, condition, request.actor)
    if found is None:
        return ""
    everybody = request.POST.get("everybody") == "true" if request.method == "POST" else named.values.get("everybody")
    named_now = namedforms.ids_in(request, named.values)
    people = naming.people_of(named_now, bool(everybody), naming.standing_for(request.snapshot))
    records = count_words(built.rows.spec, *found, request.context.language)
    text = _("Today it opens {records} to {people}")
    if naming.asks_who_looks(condition):
        text = _("Today it would open {records} if it were you; it is for {people}")
    return format_html(text, records=records, people=namedforms.counted_people(len(people)))
