"""Rows of a list and cards of a board, made in Python: what a page repeats most costs least.

``components/data_grid.html`` takes the rows as ready HTML; the view joins what :func:`row` returns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from tracte.meta.kinds.base import escape
from tracte.web import ui


@lru_cache(maxsize=512)
def cell_class(kind: str, slot: str = "", num: bool = False) -> str:
    """The class of a column's cells.

    :param kind: text, long, reference, person, stage, choice, money, date, int, age or yesno; sets the widest it gets.
    :param slot: where it goes on a phone's card: title, figure, sub, side, foot, status; empty leaves it out.
    :param num: numbers stand at the end of the cell.
    """
    parts = [f"k-{kind}", f"s-{slot}" if slot else "", "num" if num else ""]
    return " ".join(part for part in parts if part)


def row(record_id: str, title: str, cells: Sequence[str], classes: Sequence[str], bulk: str = "") -> SafeString:
    """One row.

    :param record_id: the record's public id, the value of its box. :param title: names the box for a screen reader.
    :param cells: safe HTML, as many as columns. :param classes: :func:`cell_class` of each column.
    :param bulk: id of the bulk bar; empty leaves the box out.
    """
    box = ""
    if bulk:
        says = escape(_("Select %(title)s") % {"title": title})
        box = (
            f'<td class="c-check"><input type="checkbox" class="checkbox" name="ids" value="{escape(record_id)}" '
            f'form="{escape(bulk)}" aria-label="{says}"></td>'
        )
    inside = "".join(f'<td class="{css}">{html}</td>' for html, css in zip(cells, classes, strict=True))
    return mark_safe(f"<tr>{box}{inside}</tr>")  # noqa: S308


def group_row(name: str, count: str, cells: Sequence[str], classes: Sequence[str], bulk: str = "") -> SafeString:
    """The head of a group with its subtotals; ``cells`` are safe HTML, the first is replaced by name and count."""
    box = '<td class="c-check"></td>' if bulk else ""
    first = f'<span class="toggle-group">{escape(name)} {ui.badge(count)}</span>'
    inside = "".join(f'<td class="{css}">{html}</td>' for html, css in zip([first, *cells[1:]], classes, strict=True))
    return mark_safe(f'<tr class="group-row">{box}{inside}</tr>')  # noqa: S308


@dataclass(frozen=True, slots=True)
class NextStep:
    """What comes next: its words, when it is due (written) and whether that is past."""

    text: str
    due: str = ""
    icon: str = "square-check-big"
    late: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A card of a board. ``move_url`` is empty when the actor may not move it; ``wants_next`` warns without a step;
    ``lines`` are further fields somebody chose, label and value.
    """

    id: str
    version: int
    name: str
    url: str
    move_url: str = ""
    account: str = ""
    amount: str = ""
    days: int | None = None
    usual: int | None = None
    owner: str = ""
    next: NextStep | None = None
    wants_next: bool = False
    note: str = ""
    lines: tuple[tuple[str, str], ...] = ()


def _next_line(card: Card) -> str:
    owner = ui.avatar(card.owner) if card.owner else ""
    step = card.next
    if step:
        due = f"<b><bdi>{escape(step.due)}</bdi></b> " if step.due else ""
        late = " is-bad" if step.late else ""
        words = f'<span class="clip">{due}{escape(step.text)}</span>'
        return f'<p class="next{late}">{ui.icon(step.icon, "s")}{words}{owner}</p>'
    if card.wants_next:
        words = escape(_("No next step"))
        return f'<p class="next is-warn">{ui.icon("triangle-alert", "s")}<span>{words}</span>{owner}</p>'
    return f'<p class="next"><span class="clip">{escape(card.note)}</span>{owner}</p>' if card.note or owner else ""


def deal_card(card: Card, out_of_band: bool = False) -> SafeString:
    """A card of a board; what can be moved can be moved by keyboard too (the board island).

    :param out_of_band: it takes the place of the card of the same id, wherever that stands.
    """
    role = escape(_("movable card"))
    moves = (
        f' data-move="{escape(card.move_url)}" tabindex="0" role="group" '
        f'aria-roledescription="{role}" aria-label="{escape(card.name)}"'
        if card.move_url
        else ""
    )
    who = (
        f'<p class="who">{ui.org(card.account)}<span class="clip">{escape(card.account)}</span></p>'
        if card.account
        else ""
    )
    age = ui.age(card.days, card.usual) if card.days is not None else ""
    swap = " hx-swap-oob=true" if out_of_band else ""
    more = "".join(f"<div><dt>{escape(label)}</dt><dd>{escape(text)}</dd></div>" for label, text in card.lines)
    lines = f'<dl class="lines">{more}</dl>' if more else ""
    return mark_safe(  # noqa: S308
        f'<article{swap} class="deal-card" id="card-{escape(card.id)}" data-id="{escape(card.id)}" '
        f'data-version="{card.version}"{moves}><h3><a href="{escape(card.url)}">{escape(card.name)}</a></h3>{who}'
        f'<p class="fact">{ui.amount(card.amount)}{age}</p>{lines}{_next_line(card)}</article>'
    )
