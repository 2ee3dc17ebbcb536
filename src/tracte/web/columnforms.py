"""The column chooser of a list: boxes in a form, so that it works without script."""

from functools import lru_cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tracte.engine import listing
from tracte.engine.listing import Listed
from tracte.meta.kinds.base import Kind
from tracte.meta.registry import registry
from tracte.web import filters


def columns_form(listed: Listed) -> SafeString:
    """The form, with the columns that are shown ticked."""
    names = tuple(name for name, _kind in choosable(listed))
    return format_html(
        '<form method="get" class="filter-form">{}<div class="filter-boxes" role="group" aria-label="{}" '
        'data-island="columns" data-up="{}" data-down="{}">{}</div>'
        '<div class="row"><button type="submit" class="btn btn-sm btn-primary">{}</button>'
        '<a class="btn btn-sm btn-ghost" href="{}">{}</a></div></form>',
        filters.hidden_inputs(listed.state, "columns"),
        _("Columns"),
        _("Move up"),
        _("Move down"),
        column_boxes(listed.spec.key, names, listed.columns, listed.context.language),
        _("Apply"),
        listed.state.address(columns=()),
        _("As usual"),
    )


@lru_cache(maxsize=1024)
def column_boxes(entity: str, names: tuple[str, ...], shown: tuple[str, ...], language: str) -> SafeString:
    fields = registry()[entity].fields
    return format_html_join(
        "",
        '<label class="tick"><input class="checkbox" type="checkbox" name="columns" value="{}"{}>'
        "<span>{}</span></label>",
        ((name, " checked" if name in shown else "", str(fields[name].label)) for name in names),
    )


def choosable(listed: Listed) -> list[tuple[str, Kind]]:
    """Shown columns first, in their order, then the rest."""
    rest = [name for name in listed.rows.visible if name not in listed.columns and listing.shows(listed.rows, name)]
    names = [name for name in listed.columns if name != "title"] + rest
    return [(name, listed.rows.visible[name]) for name in names if listed.rows.visible[name].key != "data"]
