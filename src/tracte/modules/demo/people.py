"""Who works in the demo firm, in which teams, and what they see on the sign-in page."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from tracte.meta.kinds.base import Label
from tracte.modules.demo.names import DOMAIN

EXTERNAL_SYSTEM = "demo"
UNITS = {"europe": ("Europe", None), "south": ("Southern Europe", "europe"), "east": ("Eastern Europe", "europe")}
"""Parts of the firm by key: their name, and the key of the one they stand under."""
TEAMS = {
    "iberia": ("Iberia", "Catalonia, the rest of Spain and Portugal.", "south"),
    "romania": ("România", "Cluj office, all of Romania.", "east"),
    "uk": ("UK", "Great Britain, with an agent in Leeds.", "europe"),
}
"""Teams by key: their name, what they look after, and the key of their unit."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the demo firm.

    :param role: key of a default role. :param teams: keys of :data:`TEAMS`, the first one is home.
    :param job: shown beside the name where a visitor picks whom to be.
    :param signs_in: an agent without sign-in only owns records.
    """

    key: str
    name: str
    role: str
    teams: tuple[str, ...]
    job: Label
    language: str = "en"
    timezone: str = "Europe/Madrid"
    admin: bool = False
    signs_in: bool = True

    @property
    def email(self) -> str:
        return f"{self.key}@{DOMAIN}"


PEOPLE = (
    Person("nuria", "Núria Roure", "administrator", ("iberia",), _("Owner, administrator"), admin=True),
    Person("jordi", "Jordi Fàbrega", "manager", ("uk", "iberia", "romania"), _("Sales manager, all teams")),
    Person("laia", "Laia Vidiella", "seller", ("iberia",), _("Seller, Iberia"), language="ca"),
    Person("ioana", "Ioana Dragomirescu", "seller", ("romania",), _("Seller, România"), "ro", "Europe/Bucharest"),
    Person("marc", "Marc Bofill", "service", ("iberia",), _("Service")),
    Person("anna", "Anna Riera i Solé", "marketing", ("iberia",), _("Marketing")),
    Person("eleanor", "Eleanor Ashworth", "seller", ("uk",), _("Agent, UK"), timezone="Europe/London", signs_in=False),
)
