"""A related list drawn as a table whose numbers are changed in its cells, with sums at its foot.

Each row is a form of its own that works without script: its inputs stand in the cells and belong to it by name. What a
cell held when it was drawn travels along, so that only what somebody touched is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from tracte.engine.recordpage import RecordPage, Related
from tracte.kernel.ids import encode
from tracte.kernel.money import Money, localised, separators
from tracte.meta.kinds import Computed
from tracte.meta.kinds.amount import digits
from tracte.meta.kinds.base import Context, Kind, escape, say
from tracte.meta.values import shown_title
from tracte.web import recordparts as parts
from tracte.web import ui
from tracte.web.addresses import record_url

WAS = "was_"
TYPED = frozenset({"integer", "decimal", "percent", "money"})


@dataclass(frozen=True, slots=True)
class Table:
    """One table on one page.

    :ivar used: the row whose button was just used, and which: focus stays there.
    :ivar columns: number fields, each a column; the other fields stand in small print under the title.
    """

    page: RecordPage
    one: Related
    nonce: str
    csrf: str
    used: tuple[int, str] = (0, "")

    @property
    def context(self) -> Context:
        return self.page.context

    @property
    def slug(self) -> str:
        return self.one.panel.key.replace(".", "-")

    @property
    def columns(self) -> list[str]:
        return [name for name in self.one.fields if self._kind(name).numeric]

    def _kind(self, name: str) -> Kind:
        return self.one.spec.fields[name]

    def typed(self, name: str) -> bool:
        """Whether the cells of a column are written in."""
        return name in self.one.editable and self._kind(name).key in TYPED

    def shown(self) -> dict[str, Any]:
        """For ``record/table_panel.html``."""
        kinds = {name: self._kind(name) for name in self.columns}
        rows = self.one.values
        return {
            "columns": [{"label": say(kind.label, self.context), "name": name} for name, kind in kinds.items()],
            "rows": [self.row(values, at == 0, at == len(rows) - 1) for at, values in enumerate(rows)],
            "totals": self.totals(),
            "capped": self.one.capped,
        }

    # -- a row -------------------------------------------------------------------------------------------------------
    def row(self, values: Mapping[str, Any], is_first: bool = False, is_last: bool = False) -> dict[str, Any]:
        pk = encode(values["id"])
        title = shown_title(self.one.spec, values, self.context) or say(self.one.spec.declaration.label, self.context)
        back = record_url(self.page.spec, self.page.id)
        url = record_url(self.one.spec, values["id"])
        small = [parts.value_text(self._kind(n), values.get(n), self.context) for n in self.one.fields]
        notes = [text for n, text in zip(self.one.fields, small, strict=True) if n not in self.columns]
        return {
            "id": pk,
            "title": title,
            "note": " · ".join(text for text in notes if text and text != title),
            "url": f"{url}edit/?next={back}" if self.one.editable else url,
            "cells": [{"label": self._label(n), "name": n, "html": self.cell(values, n, title)} for n in self.columns],
            "state": self.state(values, title, is_first, is_last),
            "said": self.said(pk, []),
        }

    def _label(self, name: str) -> str:
        return say(self._kind(name).label, self.context)

    def cell(self, values: Mapping[str, Any], name: str, title: str) -> SafeString:
        """An input, or the value as it is read."""
        pk, kind, value = encode(values["id"]), self._kind(name), values.get(name)
        if not self.typed(name):
            return format_html('<span id="cell-{}-{}">{}</span>', pk, name, SafeString(self._html(kind, value)))
        says = _("%(field)s, %(row)s") % {"field": self._label(name), "row": title}
        return format_html(
            '<input class="cell-input" form="row-{}" name="{}" value="{}" inputmode="decimal" autocomplete="off" '
            'aria-label="{}">',
            pk, name, written(kind, value, self.context), says,
        )  # fmt: skip

    def _html(self, kind: Kind, value: Any) -> str:
        return parts.value_html(kind, value, self.context) or '<span class="none">–</span>'

    def state(self, values: Mapping[str, Any], title: str, is_first: bool, is_last: bool) -> SafeString:
        """The row's form: what its cells held, and what is done with the row."""
        if not self.one.editable:
            return SafeString("")
        pk, focus = encode(values["id"]), self.used[1] if self.used[0] == values["id"] else ""
        if (focus == "up" and is_first) or (focus == "down" and is_last):
            focus = "down" if is_first else "up"  # what was used is off now
        address = f"{record_url(self.page.spec, self.page.id)}rows/{self.slug}/{pk}"
        kept = _hidden("csrfmiddlewaretoken", self.csrf)
        for name in filter(self.typed, self.columns):
            kind, value = self._kind(name), values.get(name)
            kept += _hidden(WAS + name, written(kind, value, self.context))
            if kind.key == "money":
                kept += _hidden(f"{name}_currency", value.currency if value else self._currency())
        buttons = ""
        if self.one.panel.order:
            up, down = _("Move up: %(row)s") % {"row": title}, _("Move down: %(row)s") % {"row": title}
            buttons += _button("up", "arrow-up", up, is_first, focus) + _button(
                "down", "arrow-down", down, is_last, focus
            )
        buttons += _button("delete", "trash-2", _("Delete: %(row)s") % {"row": title}, False, focus)
        save = escape(_("Save: %(row)s") % {"row": title})
        return mark_safe(  # noqa: S308
            f'<form class="row-tools" id="row-{pk}" method="post" action="{address}" hx-post="{address}" '
            f'hx-swap="none" hx-nonce="{self.nonce}">{kept}'
            f'<button class="btn btn-ghost btn-sm btn-square plain-only" name="do" value="save" aria-label="{save}">'
            f"{ui.icon('check', 's')}</button>{buttons}</form>"
        )

    def _currency(self) -> str:
        """The currency a sum is typed in where there is none yet: that of the other rows."""
        kinds = [name for name in self.columns if self._kind(name).key == "money"]
        held = [row[name].currency for row in self.one.values for name in kinds if row.get(name)]
        return held[0] if held else str(self.context.currency)

    @staticmethod
    def said(pk: str, messages: Sequence[str], *, out_of_band: bool = False) -> SafeString:
        """What is wrong with what was typed into a row."""
        swap = mark_safe(' hx-swap-oob="true"') if out_of_band else ""
        inside = SafeString(
            "".join(
                f'<p class="field-error">{ui.icon("circle-alert", "s")}<span>{escape(one)}</span></p>'
                for one in messages
            )
        )
        return format_html('<div id="said-{}" role="alert"{}>{}</div>', pk, swap, inside)

    # -- the foot ----------------------------------------------------------------------------------------------------
    def totals(self) -> list[dict[str, Any]]:
        """One cell a column; nothing for a table that does not show all rows."""
        if self.one.capped or not self.one.panel.totals or not self.one.values:
            return []
        summed = dict.fromkeys((*self.columns, *self.one.panel.totals))
        sums = {name: _sum([row.get(name) for row in self.one.values]) for name in summed}
        found = []
        for name in self.columns:
            kind = self._kind(name)
            value = kind.value(sums) if isinstance(kind, Computed) else sums[name]
            html = self._html(kind, value) if name in self.one.panel.totals and value is not None else ""
            found.append({"name": name, "html": SafeString(html), "label": self._label(name)})
        return found

    # -- after a row was saved -----------------------------------------------------------------------------------------
    def changed(self, row_id: int) -> list[SafeString]:
        """What takes the place of the old: the row's form, what is read in it, and the sums."""
        rows = list(self.one.values)
        at = next((at for at, row in enumerate(rows) if row["id"] == row_id), None)
        found = []
        if at is not None:
            drawn = self.row(rows[at], at == 0, at == len(rows) - 1)
            pk = drawn["id"]
            found.append(format_html('<div id="state-{}" hx-swap-oob="true">{}</div>', pk, drawn["state"]))
            found.append(self.said(pk, [], out_of_band=True))
            found += [
                _again(f"cell-{pk}-{name}", self._html(self._kind(name), rows[at].get(name)))
                for name in self.columns
                if not self.typed(name)
            ]
        found += [_again(f"total-{self.slug}-{total['name']}", total["html"]) for total in self.totals()]
        return found


def written(kind: Kind, value: Any, context: Context) -> str:
    """A value as it stands in a cell one writes in: a sum without its currency, which stands at the foot, with the
    marks of the reader's language; reading takes them back."""
    if isinstance(value, Money):
        whole = value.amount == value.amount.to_integral_value()
        places = 0 if whole else len(digits(value).partition(".")[2])
        return localised(f"{value.amount:,.{places}f}", *separators(context.language))
    return kind.edit_text(value, context)


def _sum(values: Sequence[Any]) -> Any:
    known = [value for value in values if value is not None]
    if not known or (isinstance(known[0], Money) and len({one.currency for one in known}) > 1):
        return None
    return sum(known[1:], start=known[0])


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def _button(do: str, icon: str, says: str, off: bool, focus: str) -> str:
    state = " disabled" if off else " autofocus" if focus == do else ""
    return (
        f'<button class="btn btn-ghost btn-sm btn-square" name="do" value="{do}" aria-label="{escape(says)}"{state}>'
        f"{ui.icon(icon, 's')}</button>"
    )


def _again(element: str, html: str) -> SafeString:
    return mark_safe(f'<span id="{element}" hx-swap-oob="true">{html}</span>')  # noqa: S308
