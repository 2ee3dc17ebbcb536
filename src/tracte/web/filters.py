"""Filters of a list as people see them: sentences with a cross, and small forms that work without script."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tracte.engine.listing import ListState, view_of, view_parts
from tracte.engine.periods import PERIODS
from tracte.engine.sentences import operator_word, sentences
from tracte.kernel.ids import encode
from tracte.kernel.problems import Problem, Rejected
from tracte.meta.kinds import Choice, MultiChoice
from tracte.meta.kinds.base import Context, Kind, escape, say
from tracte.meta.registry import registry
from tracte.records.query import Rows
from tracte.web import ui

FORM_NAMES = frozenset({"f", "op", "v", "v_currency", "v__sent", "i"})
TEXT = ("contains", "eq", "starts", "ne", "not_contains", "empty", "not_empty")
NUMBER = ("gte", "lte", "eq", "gt", "lt", "empty", "not_empty")
DATE = ("gte", "lte", "eq", "empty", "not_empty")
CHOSEN = ("in", "not_in", "empty", "not_empty")
SEVERAL = ("has_any", "has_all", "has_none", "empty", "not_empty")
YES_NO = ("eq",)
MANY = 60


def offered(kind: Kind) -> tuple[str, ...]:
    """The comparisons the small form offers for a field; the API knows more."""
    if kind.key in ("date", "datetime"):
        return DATE
    if kind.key == "yes_no":
        return YES_NO
    if kind.key in ("choice", "reference", "user", "team"):
        return CHOSEN
    wanted = SEVERAL if "has_any" in kind.operators else NUMBER if "lt" in kind.operators else TEXT
    return tuple(op for op in wanted if op in kind.operators)


def filterable(rows: Rows) -> list[tuple[str, Kind]]:
    """Fields one can filter by with the form."""
    return [
        (name, kind)
        for name, kind in rows.visible.items()
        if (kind.stored or kind.key == "many_references") and kind.operators and offered(kind) and kind.key != "data"
    ]


# -- sentences -------------------------------------------------------------------------------------------------------
def chips(rows: Rows, state: ListState, asked: str = "", problem: str = "", look: str = "list") -> list[dict[str, Any]]:
    """Every condition in force as a sentence with its cross; the one being made comes last, open. What the small form
    cannot change leads into the builder.

    :param asked: name of the field somebody chose in the menu. :param look: ``board`` when they stand over a board.
    """
    view = view_parts(view_of(rows.spec, state))
    parts = [*view, *state.parts]
    made: list[dict[str, Any]] = []
    for at, sentence in enumerate(sentences(rows, parts)):
        rest = (*parts[:at], *parts[at + 1 :])
        # Taking a condition out of a view leaves the view: what remains is a filter of one's own.
        address = leaving(state, rest) if at < len(view) else state.address(parts=tuple(rest[len(view) :]))
        if not rest and not state.q:
            address = leaving(state, ())
        chip: dict[str, Any] = {
            "field": sentence.field,
            "pieces": sentence.pieces,
            "text": sentence.text,
            "remove_url": address,
        }
        kind = rows.visible.get(sentence.name)
        if at >= len(view) and kind is not None and parts[at][1] in offered(kind):
            others = replace(state, parts=tuple(rest[len(view) :]))
            chip["edit"] = editor(rows, others, sentence.name, parts[at])
        else:
            chip["builder"] = builder_url(rows, state, look)
        made.append(chip)
    found = view_of(rows.spec, state)
    if found and found.words:
        address = replace(state, chosen=None).address(view="", base=state.base, parts=tuple(parts))
        chip = {"field": _("Text"), "op": _("contains"), "value": found.words, "remove_url": address}
        made.append(chip)
    if state.q:
        made.append({"field": _("Text"), "op": _("contains"), "value": state.q, "remove_url": state.address(q="")})
    if asked and (kind := dict(filterable(rows)).get(asked)) is not None:
        form = editor(rows, state, asked, None, problem)
        made.append({"field": say(kind.label, rows.context), "op": "…", "value": "", "edit": form, "open": True})
    return made


def builder_url(rows: Rows, state: ListState, look: str = "list") -> str:
    """The address of the builder for what the list shows."""
    besides = (*state.besides, *((("look", look),) if look != "list" else ()))
    return f"/{rows.spec.plural}/filter{state.address(besides=besides)}"


def leaving(state: ListState, parts: Sequence[Any]) -> str:
    """The address once a condition of the view is gone: filters of one's own, laid out as the view was."""
    view = state.chosen if state.chosen and state.chosen.key == state.view else None
    if view is None:
        return state.address(view="", parts=tuple(parts))
    return state.address(
        view="",
        parts=tuple(parts),
        q=state.q or view.words,
        sort=state.sort or view.sort or "",
        columns=state.columns or view.columns,
        group=state.group or view.group,
    )


# -- forms -----------------------------------------------------------------------------------------------------------
def hidden_inputs(state: ListState, *without: str) -> SafeString:
    """The state as hidden inputs of a GET form, back on the first page."""
    pairs = replace(state, cursor="").pairs()
    return ui.joined(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in pairs.items()
        if name not in without
    )


def add_menu(rows: Rows, state: ListState, look: str = "list") -> list[dict[str, Any]]:
    """The builder, and the fields one can filter by: a form of buttons, so that it works without script and costs
    little."""
    buttons = _add_buttons(rows.spec.key, tuple(name for name, _kind in filterable(rows)), rows.context.language)
    form = format_html('<form method="get" class="plain">{}{}</form>', hidden_inputs(state), buttons)
    builder = {"label": _("Several conditions, related records …"), "dialog": builder_url(rows, state, look)}
    return [builder, {"label": _("Filter by"), "form": form}]


@lru_cache(maxsize=256)
def _add_buttons(entity: str, names: tuple[str, ...], language: str) -> SafeString:
    fields = registry()[entity].fields
    return format_html_join(
        "",
        '<button type="submit" class="menu-item" name="f" value="{}">{}</button>',
        ((name, str(fields[name].label)) for name in names),
    )


def editor(rows: Rows, others: ListState, name: str, part: Sequence[Any] | None, problem: str = "") -> SafeString:
    """The small form of one condition: comparison and value.

    :param others: the state without this condition. :param part: the condition as it is, ``None`` for a new one.
    """
    kind = rows.visible[name]
    op = str(part[1]) if part else ""
    value = part[2] if part and len(part) > 2 else None
    if part and op == "within":
        op = f"within:{value}"
    return format_html(
        '<form method="get" class="filter-form">{}<input type="hidden" name="f" value="{}">'
        '<label><span>{}</span><select class="input-box" name="op">{}</select></label>{}{}'
        '<button type="submit" class="btn btn-sm btn-primary">{}</button></form>',
        hidden_inputs(others),
        name,
        say(kind.label, rows.context),
        _options(_op_choices(kind), op),
        _value_control(rows, kind, value),
        format_html('<p class="field-error">{}{}</p>', ui.icon("circle-alert", "s"), problem) if problem else "",
        _("Apply"),
    )


def _op_choices(kind: Kind) -> list[tuple[str, str]]:
    if kind.key in ("date", "datetime"):
        periods = [
            (f"within:{token}", _("is in %(period)s") % {"period": words})
            if "_" in token
            else (f"within:{token}", _("is %(day)s") % {"day": words})
            for token, words in PERIODS.items()
        ]
        return [*periods, *((op, operator_word(kind, op)) for op in DATE)]
    return [(op, operator_word(kind, op)) for op in offered(kind)]


def _value_control(rows: Rows, kind: Kind, value: Any) -> SafeString:
    """The control for the value; it sends ``v`` (several times for lists)."""
    context = rows.context
    if isinstance(kind, Choice | MultiChoice):
        entries = [(key, kind.label_of(key, context)) for key in kind.options(context)]
        return _boxes(entries, value) if len(entries) <= MANY else _text_input(kind, value, context)
    target = getattr(kind, "to", None)
    if target:
        return _record_control(rows, kind, str(target), value)
    if kind.key == "yes_no":
        entries = [("yes", _("Yes")), ("no", _("No"))]
        return _select(entries, "no" if value in (False, "no", "false") else "yes")
    if kind.key == "money":
        return _labelled(kind.bound("v").control(_money(kind, value, context), context, id=f"v-{kind.name}"))
    return _text_input(kind, value, context)


def _money(kind: Kind, value: Any, context: Context) -> Any:
    try:
        return None if value is None else kind.operand("eq", value, context)
    except Exception:  # noqa: BLE001  # what was typed wrong is not shown again as an amount
        return None


def _labelled(control: SafeString) -> SafeString:
    return format_html('<div role="group" aria-label="{}">{}</div>', _("Value"), control)


def _text_input(kind: Kind, value: Any, context: Context) -> SafeString:
    shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else "" if value is None else str(value)
    mode = "date" if kind.key == "date" else "text"
    return format_html(
        '<label><span class="sr-only">{}</span>'
        '<input class="input-box" type="{}" name="v" value="{}" maxlength="500"></label>',
        _("Value"),
        mode,
        shown,
    )


def _options(entries: Sequence[tuple[str, str]], chosen: str) -> SafeString:
    return ui.joined(
        f'<option value="{escape(key)}"{" selected" if key == chosen else ""}>{escape(label)}</option>'
        for key, label in entries
    )


def _select(entries: Sequence[tuple[str, str]], chosen: str) -> SafeString:
    return format_html(
        '<label><span class="sr-only">{}</span><select class="input-box" name="v">{}</select></label>',
        _("Value"),
        _options(entries, chosen),
    )


def _boxes(entries: Sequence[tuple[str, str]], value: Any) -> SafeString:
    chosen = set(map(str, value if isinstance(value, list | tuple) else [value]))
    boxes = ui.joined(
        f'<label class="tick"><input class="checkbox" type="checkbox" name="v" value="{escape(key)}"'
        f"{' checked' if key in chosen else ''}><span>{escape(label)}</span></label>"
        for key, label in entries
    )
    return format_html('<div class="filter-boxes" role="group" aria-label="{}">{}</div>', _("Value"), boxes)


def _record_control(rows: Rows, kind: Kind, target: str, value: Any) -> SafeString:
    """Records of a small directory as boxes, others by typing."""
    known = rows.snapshot.directory.get(target)
    if known is not None and len(known) <= MANY:
        entries = [("me", _("Me"))] if target == "user" else [("my_teams", _("My teams"))] if target == "team" else []
        entries += [(encode(pk), title.title) for pk, title in known.items() if rows.snapshot.offers(kind, pk)]
        return _boxes(entries, _as_ids(rows, target, value))
    one = value[0] if isinstance(value, list | tuple) and value else value or ""
    box = f"v-{kind.name}"
    return format_html(
        '<label for="{}" class="sr-only">{}</label><span class="combo" data-island="picker" data-url="/pick/{}" '
        'data-none="{}" data-clear="{}"><input class="input-box" name="v" id="{}" value="{}"></span>',
        box, say(kind.label, rows.context), target, _("Nothing found"), _("Clear"), box, one,
    )  # fmt: skip


def _as_ids(rows: Rows, target: str, value: Any) -> list[str]:
    """Directory records named by key, by their ids, so that their boxes are ticked."""
    listed = list(value) if isinstance(value, list | tuple) else [value]
    found: list[str] = []
    for one in listed:
        keyed = rows.snapshot.keyed(target, one) if isinstance(one, str) else ()
        found.extend(map(encode, keyed) if keyed else [str(one)])
    return found


def read_editor(rows: Rows, params: QueryDict) -> list[Any]:
    """The condition somebody made in the form.

    :raises Rejected: status 400 when its value cannot be read, or is missing.
    """
    name, op = params.get("f", ""), params.get("op", "")
    kind = dict(filterable(rows)).get(name)
    if kind is None:
        raise Rejected([Problem("f", "unknown_field", {"name": name})], status=400)
    if op.startswith("within:"):
        return [name, "within", op.removeprefix("within:")]
    if op not in offered(kind):
        raise Rejected([Problem(name, "unknown_operator", {"op": op})], status=400)
    if op in ("empty", "not_empty"):
        return [name, op]
    values = [value for value in params.getlist("v") if value.strip()]
    if op in ("in", "not_in", "has_any", "has_all", "has_none"):
        listed = [part.strip() for value in values for part in value.split(",") if part.strip()]
        if not listed:
            raise Rejected([Problem(name, "required")], status=400)
        return [name, op, listed]
    if not values:
        raise Rejected([Problem(name, "required")], status=400)
    if kind.key == "money":
        return [name, op, f"{values[0]} {params.get('v_currency', '')}".strip()]
    return [name, op, values[0]]


def plain_params(params: QueryDict) -> Mapping[str, list[str]]:
    """Parameters by name, the small form's own left out."""
    return {name: values for name, values in params.lists() if name not in FORM_NAMES}
