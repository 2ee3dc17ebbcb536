"""Value lists: relabel, colour, order, retire and add entries, a whole list on one page."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from tracte.kernel.problems import NotFound, Problem, Rejected
from tracte.meta import trees
from tracte.meta.kinds.base import say
from tracte.meta.registry import registry
from tracte.meta.vocabulary import shipped_lists
from tracte.records import door
from tracte.records.door import Op
from tracte.records.firm import HUES, ValueItem
from tracte.records.snapshot import AT_TOP
from tracte.web.addresses import done
from tracte.web.request import ActorRequest, with_actor
from tracte.web.views.settings import require_admin

FIXED = frozenset({"language"})  # what the program speaks is not the firm's to choose
STEP, OFFSET = 10, 5  # never 100, which stands for "where it was"
MOST_ENTRIES = 500


@dataclass(slots=True)
class Entry:
    """One entry as the form has it."""

    key: str
    label: str
    hue: str
    place: float
    retired: bool
    parent: str = ""
    depth: int = 0


def used_lists() -> dict[str, list[str]]:
    """Every value list with the fields that use it, in words."""
    used: dict[str, list[str]] = {name: [] for name in shipped_lists() if name not in FIXED}
    for spec in registry():
        for kind in spec.fields.values():
            name = getattr(kind, "list", None)
            if name in used:
                used[name].append(f"{spec.declaration.label}: {kind.label}")
    return {name: fields for name, fields in used.items() if fields}


@require_safe
@with_actor
def list_index(request: ActorRequest) -> HttpResponse:
    """``GET /settings/lists/``: every value list and where it is used."""
    require_admin(request)
    lists = []
    for name, fields in used_lists().items():
        offered = [option for option in request.snapshot.lists.get(name, {}).values() if not option.retired]
        count = ngettext("%(n)d entry", "%(n)d entries", len(offered)) % {"n": len(offered)}
        title = fields[0].partition(": ")[2]
        lists.append({"title": title, "where": ", ".join(fields), "count": count, "url": f"/settings/lists/{name}/"})
    lists.sort(key=lambda one: one["title"].casefold())
    return render(request, "settings/lists.html", {"area": "settings", "module": "value_item", "lists": lists})


@require_http_methods(["GET", "POST"])
@with_actor
def list_page(request: ActorRequest, name: str) -> HttpResponseBase:
    """``/settings/lists/{name}/``: one list; everything on the page is saved as one change set."""
    require_admin(request)
    if name not in used_lists():
        raise NotFound(name)
    now = entries(request, name)
    shown, fresh, problems = now, "", []
    if request.method == "POST":
        shown, fresh = read(request, now), request.POST.get("new_label", "").strip()
        try:
            set_id = save(request, name, now, shown, fresh)
        except Rejected as refused:
            problems = refused.problems
        else:
            done(request, _("List saved") if set_id else _("Nothing had changed"), set_id)
            return HttpResponseRedirect(request.path)
    fields = used_lists()[name]
    context = {
        "area": "settings",
        "module": "value_item",
        "title": fields[0].partition(": ")[2],
        "where": ", ".join(fields),
        "entries": shown,
        "hues": [(option.key, str(option.label)) for option in HUES],
        "above": [(one.key, "\u2003" * one.depth + one.label) for one in now],
        "new_label": fresh,
        "problems": [problem.message for problem in problems],
    }
    return render(request, "settings/list.html", context, status=422 if problems else 200)


def entries(request: ActorRequest, name: str) -> list[Entry]:
    """The entries in their order, retired ones too."""
    options = request.snapshot.lists.get(name, {})
    return [
        Entry(
            key,
            say(options[key].label, request.context),
            options[key].hue or "stone",
            float(at),
            options[key].retired,
            trees.parent_of(options, key),
            depth,
        )
        for at, (key, depth) in enumerate(trees.in_order(options), 1)
    ]


def read(request: HttpRequest, now: list[Entry]) -> list[Entry]:
    """What the form sent for each entry; what is missing stays. In the order of the places given."""
    found = []
    for entry in now:
        sent = request.POST
        if f"label:{entry.key}" not in sent:
            found.append(entry)
            continue
        label = sent.get(f"label:{entry.key}", "").strip()
        hue = sent.get(f"hue:{entry.key}", entry.hue)
        retired = f"retired:{entry.key}" in sent
        place = _place(sent.get(f"place:{entry.key}", ""), entry.place)
        parent = sent.get(f"parent:{entry.key}", entry.parent)[:60]
        found.append(Entry(entry.key, label, hue, place, retired, parent, entry.depth))
    return sorted(found, key=lambda entry: entry.place)


def _place(text: str, otherwise: float) -> float:
    try:
        number = float(text.replace(",", ".")[:12])
    except ValueError:
        return otherwise
    return number if 0 <= number <= MOST_ENTRIES else otherwise


def save(request: ActorRequest, name: str, before: list[Entry], after: list[Entry], fresh: str) -> int | None:
    """Write what changed as one change set.

    :param fresh: the label of a new entry, or ``""``.
    :returns: the change set, ``None`` when nothing changed. :raises Rejected: every problem at once.
    """
    known = {entry.key: entry for entry in before}
    moved = [entry.key for entry in before] != [entry.key for entry in after]
    stored = dict(ValueItem.objects.live().filter(list=name).values_list("key", "pk"))
    makes: list[Op] = []
    updates: list[Op] = []
    for at, entry in enumerate(after):
        same = known[entry.key]
        if not moved and replace(entry, place=same.place) == same:
            continue
        values: dict[str, Any] = {"label": entry.label, "hue": entry.hue, "retired": "1" if entry.retired else "0"}
        if entry.parent != same.parent:
            values["parent"] = entry.parent or AT_TOP
        if moved:
            values["position"] = str(at * STEP + OFFSET)
        if entry.key in stored:
            updates.append(Op(values, id=stored[entry.key]))
        else:
            makes.append(Op({**values, "list": name, "key": entry.key}))
    if fresh:
        under = request.POST.get("new_parent", "")[:60]
        makes.append(Op({"list": name, "label": fresh, "hue": request.POST.get("new_hue", "stone"), "parent": under}))
    if len(before) + bool(fresh) > MOST_ENTRIES:
        raise Rejected([Problem(None, "too_large", {"max": MOST_ENTRIES})])
    if not makes and not updates:
        return None
    check = door.begin(request.actor, "ui", dry_run=True)
    results = [*check.write("value_item", "create", makes), *check.write("value_item", "update", updates)]
    problems = [problem for result in results for problem in result.problems if not problem.warning]
    if problems:
        raise Rejected(problems)
    writer = door.begin(request.actor, "ui", _("Value list"))
    if makes:
        writer.write("value_item", "create", makes, partial=False)
    if updates:
        writer.write("value_item", "update", updates, partial=False)
    writer.finish()
    return writer.set_id
