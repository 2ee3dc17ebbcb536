"""The contract between the shell (rail, side panel, top bar, banners) and whatever fills it.

The shell draws values; it knows no entity. The generic views register one function with :func:`provide` that answers,
for a request, which areas, modules, recent records and banners the actor has. Pages say where they are with two plain
context variables: ``area`` (an area's key) and ``module`` (an entry's key).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext_lazy as _

from tracte import __version__
from tracte.web import shortcuts

_APPLE = re.compile(r"Macintosh|iPhone|iPad")
THEMES = ("system", "light", "dark")
DENSITIES = ("standard", "comfortable", "compact")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line that leads somewhere: a module, a thing to create.

    :param icon: a name of ``icons.txt``. :param count: shown at the end, already written for the reader.
    :param keys: the letter after ``g`` (modules) or ``c`` (things to create) on the keyboard.
    """

    key: str
    label: str
    url: str
    icon: str = "circle"
    count: str = ""
    keys: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """A job on the rail (Sell, Settings) with its modules. ``at_end`` puts it at the foot of the rail."""

    key: str
    label: str
    url: str
    icon: str
    entries: tuple[Entry, ...] = ()
    at_end: bool = False
    keys: str = ""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A pinned or recent record in the side panel; ``sign`` draws a firm's square, a person's disc or an icon."""

    label: str
    url: str
    sign: Literal["org", "person", "icon"] = "org"
    icon: str = "bookmark"


@dataclass(frozen=True, slots=True)
class Banner:
    """A line over everything: a demo home, a home without administrator. ``code`` is a command to type."""

    text: str
    code: str = ""
    tone: Literal["info", "warn"] = "info"
    url: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Preferences:
    """How this person likes the page; language is Django's business."""

    theme: str = "system"
    density: str = "standard"
    shortcuts: str = "on"


@dataclass(frozen=True, slots=True)
class Menu:
    """Everything the shell shows for one request. An anonymous visitor has none of it but the banners."""

    areas: tuple[Area, ...] = ()
    pinned: tuple[Shortcut, ...] = ()
    recent: tuple[Shortcut, ...] = ()
    create: tuple[Entry, ...] = ()
    profile: tuple[Entry, ...] = ()
    banners: tuple[Banner, ...] = ()
    name: str = ""
    email: str = ""
    search_url: str = "/search"
    preferences_url: str = ""
    about_url: str = ""
    preferences: Preferences | None = None

    @property
    def main_areas(self) -> tuple[Area, ...]:
        """The areas at the head of the rail."""
        return tuple(area for area in self.areas if not area.at_end)

    @property
    def end_areas(self) -> tuple[Area, ...]:
        """The areas at its foot."""
        return tuple(area for area in self.areas if area.at_end)


Provider = Callable[[HttpRequest], Menu]


@dataclass(slots=True)
class _Registry:
    provider: Provider | None = field(default=None)


_registry = _Registry()


def provide(provider: Provider) -> None:
    """Register what fills the shell; called once at start-up, the last one wins."""
    _registry.provider = provider


def home_only(request: HttpRequest) -> Menu:
    """The menu of a product without modules: Home."""
    return Menu(areas=(Area("home", str(_("Home")), "/", "house", keys="h"),))


def preferences_of(request: HttpRequest) -> Preferences:
    """Theme and density from the cookies the theme switch writes; anything unknown is the default."""
    theme = request.COOKIES.get("tracte_theme", "system")
    density = request.COOKIES.get("tracte_density", "standard")
    return Preferences(
        theme=theme if theme in THEMES else "system", density=density if density in DENSITIES else "standard"
    )


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``menu``, ``preferences``, ``csp_nonce``, ``text_direction`` and the product's own facts."""
    menu = (_registry.provider or home_only)(request)
    preferences = menu.preferences or preferences_of(request)
    return {
        "menu": menu,
        "preferences": preferences,
        "mod_key": "⌘" if _APPLE.search(request.headers.get("User-Agent", "")) else "Ctrl",
        "shortcuts_off": preferences.shortcuts == "off",
        "shortcut_letters": shortcuts.letters(),
        "shortcut_groups": partial(shortcuts.groups, menu),
        "csp_nonce": getattr(request, "csp_nonce", ""),
        "theme_choices": (
            ("light", _("Light"), "sun"),
            ("dark", _("Dark"), "moon"),
            ("system", _("As the system"), "monitor"),
        ),
        "text_direction": "rtl" if get_language_bidi() else "ltr",
        "tracte_version": __version__,
        "source_url": getattr(settings, "TRACTE_SOURCE_URL", ""),
        # Without a mail server messages are written into the home as files; nobody gets them.
        "mail_works": not settings.EMAIL_BACKEND.endswith(("filebased.EmailBackend", "dummy.EmailBackend")),
        "demo_home": getattr(settings, "TRACTE_DEMO", False),
    }
