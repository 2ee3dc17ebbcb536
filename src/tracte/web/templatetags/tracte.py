"""Template tags and filters of the look: ``{% load tracte %}``."""

from typing import Any

from django import template
from django.forms import BoundField
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.template.engine import Engine
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from tracte.web import ui
from tracte.web.assets import asset_url

register = template.Library()

register.simple_tag(ui.icon, name="icon")
register.simple_tag(ui.avatar, name="avatar")
register.simple_tag(ui.initials, name="initials")
register.simple_tag(ui.org, name="org")
register.simple_tag(ui.pill, name="pill")
register.simple_tag(ui.stage, name="stage")
register.simple_tag(ui.glyph, name="glyph")
register.simple_tag(ui.age, name="age")
register.simple_tag(ui.diff, name="diff")
register.simple_tag(ui.bar, name="bar")
register.simple_tag(ui.amount, name="amount")
register.simple_tag(ui.change_bar, name="change_bar")


@register.simple_tag
def asset(name: str) -> str:
    """The address of a built file: ``{% asset "main.ts" %}``."""
    return asset_url(name)


@register.simple_tag(takes_context=True)
def hx(context: Context) -> SafeString:
    """The mark without which htmx ignores an element: ``<form hx-post="…" {% hx %}>``."""
    nonce = context.get("csp_nonce") or getattr(context.get("request"), "csp_nonce", "")
    return mark_safe(f'hx-nonce="{nonce}"')  # noqa: S308


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """A value of a dict by a key that is itself a variable; nothing when there is none."""
    try:
        return mapping[key]
    except (KeyError, IndexError, TypeError):
        return ""


class _WithNode(template.Node):
    """Renders its body into ``body`` and then the component, so that a partial can wrap markup."""

    def __init__(self, name: FilterExpression, extra: dict[str, FilterExpression], nodelist: NodeList) -> None:
        self.name, self.extra, self.nodelist = name, extra, nodelist

    def render(self, context: Context) -> SafeString:
        """The component's template with ``body`` and the given values."""
        values = {key: value.resolve(context) for key, value in self.extra.items()}
        body = self.nodelist.render(context)
        found = Engine.get_default().get_template(f"components/{self.name.resolve(context)}.html")
        with context.push(body=body, **values):
            return found.render(context)


@register.tag
def wrap(parser: Parser, token: Token) -> _WithNode:
    """``{% wrap "dialog" id="gate" title=… %} markup {% endwrap %}``: a component around markup, as ``body``."""
    _tag, name, *pairs = token.split_contents()
    extra = {}
    for pair in pairs:
        key, sep, value = pair.partition("=")
        if not sep:
            raise template.TemplateSyntaxError(f"wrap takes name=value, not {pair!r}")
        extra[key] = parser.compile_filter(value)
    nodelist = parser.parse(("endwrap",))
    parser.delete_first_token()
    return _WithNode(parser.compile_filter(name), extra, nodelist)


class _RememberNode(template.Node):
    """Renders its body once for each set of values and language, then answers from memory."""

    MOST = 1_000

    def __init__(self, values: list[FilterExpression], nodelist: NodeList) -> None:
        self.values, self.nodelist = values, nodelist
        self.known: dict[Any, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        """The body, made now or earlier."""
        key = (get_language(), *(value.resolve(context) for value in self.values))
        found = self.known.get(key)
        if found is None:
            if len(self.known) >= self.MOST:
                self.known.clear()
            found = self.known[key] = self.nodelist.render(context)
        return found


@register.tag
def remember(parser: Parser, token: Token) -> _RememberNode:
    """``{% remember menu.areas area %} markup {% endremember %}``: markup that depends on these values, the language
    and nothing else (no nonce, no CSRF token), so that the shell around every page is drawn once a person and place.
    """
    _tag, *names = token.split_contents()
    nodelist = parser.parse(("endremember",))
    parser.delete_first_token()
    return _RememberNode([parser.compile_filter(name) for name in names], nodelist)


@register.filter
def undo_url(tags: str | None) -> str:
    """The address in a message's extra tags ``undo:/changes/…/undo``; only a path of our own is one."""
    for tag in (tags or "").split():
        if tag.startswith("undo:/") and not tag.startswith("undo://"):
            return tag.removeprefix("undo:")
    return ""


@register.filter
def saved_draft(tags: str | None) -> str:
    """The key in a message's extra tags ``saved:new-contact``: the form whose draft the browser may forget."""
    return next((tag.removeprefix("saved:") for tag in (tags or "").split() if tag.startswith("saved:")), "")


@register.filter
def boxed(field: BoundField, look: str = "") -> SafeString:
    """A Django form's input in the look of the house.

    :param look: ``tall`` for pages of few fields, ``bare`` inside a box of its own, empty for the usual height.
    """
    kinds = {"checkbox": "checkbox", "radioselect": "radio"}
    plain = kinds.get(field.widget_type, "input-box")
    css = "" if look == "bare" else f"{plain} {look if plain == 'input-box' else ''}".strip()
    attrs: dict[str, str | bool] = {"class": css} if css else {}
    if look:
        attrs["placeholder"] = ""  # the label says it already
    return field.as_widget(attrs=attrs)
