"""A small firm in a real home, a real server and a real browser: the pages as people meet them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.modules.conftest import Make, firm, make, person

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import door
from tracte.records.people import User

__all__ = ["firm", "make", "person"]
LONG = "Întreținerea și modernizarea liniilor de ambalare pentru fabrica din Târgu Mureș, etapa a treia (2026–2028)"


@dataclass(frozen=True, slots=True)
class House:
    """The firm of these tests: who is signed in and the records the walks start from."""

    boss: Actor
    user: User
    account: int
    contact: int
    deal: int
    other: int

    def at(self, plural: str, record_id: int, rest: str = "") -> str:
        """The address of a record."""
        return f"/{plural}/{encode(record_id)}/{rest}"


@pytest.fixture
def house(server: str, make: Make, person: Callable[..., Actor], sign_in: Callable[[Any], None]) -> House:
    """A manager who administers, with long names, Romanian diacritics and money in two currencies; signed in."""
    team = make("team", name="Iberia și Europa de Est")
    boss = person("Ștefania", "manager", team, is_admin="true")
    mine = {"owner": boss.user_id, "team": team}
    account = make(
        "account",
        name="Societatea Națională de Transport Feroviar și Logistică Brașov-Timișoara S.A.",
        kind="customer",
        phone="+34 937 412 880",
        turnover="12500000 EUR",
        employees="1250",
        website="https://exemplu.example/foarte/lunga/adresa",
        description="Client vechi. Ține la termene.",
        **mine,
    )
    make("account", name="Forns Vallès", parent=account, **mine)
    contact = make(
        "contact",
        first_name="Ioana-Ștefania",
        last_name="Țăranu-Dumitrescu",
        email="ioana.stefania.taranu-dumitrescu@departament.exemplu.example",
        phone="+40 21 310 1234",
        job_title="Director achiziții",
        account=account,
        **mine,
    )
    deal = make(
        "opportunity",
        name=LONG,
        account=account,
        contact=contact,
        amount="1234567.89 EUR",
        closes_on="2026-12-15",
        next_step="Trimite oferta revizuită și confirmă data vizitei la fabrică",
        next_step_on="2020-01-02",
        **mine,
    )
    other = make("opportunity", name="Oven line", amount="9500 USD", **mine)
    make("opportunity", name="Spare parts", account=account, amount="800 EUR", closes_on="2027-01-20", **mine)
    make("product", name="Linie de ambalare", sku="LA-900", price="48000 EUR")
    make("note", body="<p>A întrebat de <b>garanție</b>.</p>", about=[encode(deal), encode(account)], **mine)
    door.update(OPERATOR, "opportunity", deal, {"probability": "65"}, origin="ui")
    user = User.objects.get(pk=boss.user_id)
    sign_in(user)
    return House(boss, user, account, contact, deal, other)
