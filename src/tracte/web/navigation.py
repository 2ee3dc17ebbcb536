"""What fills the shell: areas and modules from the registry, things to create, the person's preferences.

Nothing here reads the database: the registry, the snapshot held by the request and the actor's rights say it all, and
the answer is remembered per person until the directory changes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tracte.kernel.actor import Actor, Level
from tracte.meta.registry import EntitySpec, registry
from tracte.records import snapshot as snapshots
from tracte.records.query import reach
from tracte.web import pins
from tracte.web.menu import DENSITIES, THEMES, Area, Banner, Entry, Menu, Preferences
from tracte.web.request import ActorRequest

SETTINGS = "settings"
AREAS: dict[str, tuple[str | Promise, str]] = {
    "sell": (gettext_lazy("Sell"), "target"),
    SETTINGS: (gettext_lazy("Settings"), "settings"),
}
HOME_KEYS = "h"
# Those with a screen of their own instead of the list of their entity, and settings found inside another one's.
OWN_SCREENS = {
    "company": "/settings/company/",
    "role": "/settings/roles/",
    "sharing_rule": "/settings/sharing/",
    "field_group": "/settings/private-fields/",
    "value_item": "/settings/lists/",
    "pipeline": "/settings/pipelines/",
    "target": "/targets/plan/",
}
INSIDE = frozenset({"stage"})


def menu(request: HttpRequest) -> Menu:
    """The shell of one request."""
    banners = _banners()
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None or actor.user_id is None:
        return Menu(banners=banners)
    asked: ActorRequest = request  # type: ignore[assignment]  # with_actor has put the actor there
    areas, create = _places(actor, get_language() or "en")
    row = asked.snapshot.rows.get("user", {}).get(actor.user_id, {})
    return Menu(
        areas=areas,
        create=create,
        banners=banners,
        name=actor.name,
        email=str(row.get("email") or ""),
        profile=(
            Entry("profile", _("Profile"), "/settings/profile/", "user-round"),
            Entry("pinned", _("Pinned and followed"), "/pinned/", "star"),
        ),
        preferences_url="/settings/preferences",
        about_url="/settings/about/",
        preferences=_preferences(request, row),
    )


def with_pins(request: HttpRequest) -> Menu:
    """The shell with what the person keeps at hand: a query for each kind of record among it, none without."""
    known = menu(request)
    return replace(known, pinned=pins.shortcuts(request)) if known.name else known  # type: ignore[arg-type]


def _banners() -> tuple[Banner, ...]:
    """What stands over every page: that this is a demo, or how a new home gets its first administrator."""
    if getattr(settings, "TRACTE_DEMO", False):
        return (Banner(_("This is a demo with an invented firm. Nothing is sent; try anything.")),)
    if any(member.admin and member.active for member in snapshots.current().members.values()):
        return ()
    text = _("Nobody administers this home yet. Make the first administrator on the machine it runs on:")
    return (Banner(text, "tracte user create EMAIL --admin", "warn"),)


def _preferences(request: HttpRequest, row: Mapping[str, Any]) -> Preferences:
    """What this device was told last, else what the person chose in the profile."""
    stored = str(row.get("theme") or ""), str(row.get("density") or "")
    here = request.COOKIES.get("tracte_theme", stored[0]), request.COOKIES.get("tracte_density", stored[1])
    return Preferences(
        theme=here[0] if here[0] in THEMES else "system",
        density=here[1] if here[1] in DENSITIES else "standard",
        shortcuts=str(row.get("shortcuts") or "on"),
    )


_known: dict[tuple[int | None, int, str], tuple[tuple[Area, ...], tuple[Entry, ...]]] = {}


def _places(actor: Actor, language: str) -> tuple[tuple[Area, ...], tuple[Entry, ...]]:
    key = (actor.user_id, hash((actor.admin, frozenset(actor.levels.items()))), language)
    found = _known.get(key)
    if found is None:
        if len(_known) > 5_000:
            _known.clear()
        found = _known[key] = _areas(actor), _create(actor)
    return found


def _in_area(area: str) -> list[EntitySpec]:
    specs = [spec for spec in registry() if spec.declaration.area == area]
    return sorted(specs, key=lambda spec: spec.declaration.order)


@lru_cache(maxsize=1)
def _letters() -> dict[str, str]:
    """The letter after ``g`` and ``c`` for each entity of the menu: the first free one of its name."""
    taken = {HOME_KEYS}
    letters: dict[str, str] = {}
    for area in AREAS:
        for spec in _in_area(area):
            letter = next((one for one in spec.plural if one.isalpha() and one not in taken), "")
            taken.add(letter)
            letters[spec.key] = letter
    return letters


def _areas(actor: Actor) -> tuple[Area, ...]:
    areas = [Area("home", _("Home"), "/", "house", keys=HOME_KEYS)]
    for key, (label, icon) in AREAS.items():
        if key == SETTINGS:
            entries = tuple(entry for _title, group in settings_groups(actor) for entry in group)
            overview = Entry(SETTINGS, _("Overview"), "/settings/", "settings")
            areas.append(Area(key, str(label), overview.url, icon, (overview, *entries), at_end=True))
            continue
        entries = tuple(_entries(actor, _in_area(key)))
        if entries:
            areas.append(Area(key, str(label), entries[0].url, icon, entries))
    return tuple(areas)


def settings_groups(actor: Actor) -> list[tuple[str, tuple[Entry, ...]]]:
    """The pages of settings the person may use, under their headings."""
    own = (
        Entry("profile", _("Profile"), "/settings/profile/", "user-round"),
        Entry("about", _("About Tracte"), "/settings/about/", "info"),
    )
    if not actor.admin:
        return [(_("You"), own)]
    firm = tuple(entry for entry in _entries(actor, _in_area(SETTINGS)) if entry.key not in INSIDE)
    trust = (Entry("audit", _("Audit trail"), "/settings/audit/", "history"),)
    return [(_("Company"), firm), (_("Trust"), trust), (_("You"), own)]


def _entries(actor: Actor, specs: Iterable[EntitySpec]) -> Iterable[Entry]:
    for spec in specs:
        if reach(spec, actor, "view") > Level.NONE:
            declared = spec.declaration
            keys = _letters().get(spec.key, "") if declared.area != SETTINGS else ""
            url = OWN_SCREENS.get(spec.key, f"/{spec.plural}/")
            yield Entry(spec.key, str(declared.label_plural), url, declared.icon, keys=keys)


def _create(actor: Actor) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            spec.key,
            str(spec.declaration.label),
            f"/{spec.plural}/new/",
            spec.declaration.icon,
            keys=_letters()[spec.key],
        )
        for spec in _in_area("sell")
        if reach(spec, actor, "create") > Level.NONE
    )
