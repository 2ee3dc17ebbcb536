"""Every entity keeps the contract; what its kinds cannot know about its values is said here."""

from tracte.kernel.money import CURRENCIES
from tracte.meta.registry import registry
from tracte.testing.contract import CONTRACTS, EntityContract, house
from tracte.testing.factories import OMIT, OWN

__all__ = ["house"]

CODES = sorted(CURRENCIES.keys() - {"EUR", "USD", "GBP"})


def test_every_entity_has_a_contract() -> None:
    assert {spec.key for spec in registry()} == CONTRACTS.keys()


class TestVisit(EntityContract):
    """The example of the documentation: one file, and everything follows."""

    entity = "visit"


class TestAccount(EntityContract):
    entity = "account"
    given = {"vat_number": OMIT}
    hidden = "email"


class TestContact(EntityContract):
    entity = "contact"


class TestContactPoint(EntityContract):
    entity = "contact_point"
    given = {"kind": "email_work", "value": lambda n: f"point{n}@firm.example"}


class TestAffiliation(EntityContract):
    entity = "affiliation"
    hidden = "starts_on"


class TestProduct(EntityContract):
    entity = "product"


class TestOpportunity(EntityContract):
    entity = "opportunity"
    given = dict.fromkeys(
        ("pipeline", "stage", "probability", "started_on", "closed_on", "won_reason", "lost_reason", "lost_detail"),
        OMIT,
    )
    hidden = "objective"


class TestOpportunityLine(EntityContract):
    entity = "opportunity_line"
    given = {"discount": "12.5"}
    hidden = "cost"


class TestOpportunityContact(EntityContract):
    entity = "opportunity_contact"
    given = {"contact": OWN}
    hidden = "note"


class TestOpportunityType(EntityContract):
    """Whoever answers for a type changes it; everybody signed in sees it."""

    entity = "opportunity_type"
    given = {
        "key": lambda n: f"sort_{n}",
        "pipeline": OMIT,
        "active": True,
        "ends_on": OMIT,
        "ended_on": OMIT,
    }
    hidden = "objective"


class TestNote(EntityContract):
    entity = "note"
    given = {"private": False}
    hidden = "body"


class TestCompany(EntityContract):
    entity = "company"
    single = True
    given = {"vat_number": OMIT, "currency": "EUR", "country": "ES", "language": "en", "timezone": "Europe/Madrid"}
    hidden = "website"


class TestUser(EntityContract):
    entity = "user"
    given = {"timezone": "Europe/Madrid", "language": "en", "is_admin": False}
    hidden = "timezone"


class TestUnit(EntityContract):
    entity = "unit"


class TestTeam(EntityContract):
    entity = "team"


class TestRole(EntityContract):
    entity = "role"


class TestGroup(EntityContract):
    entity = "group"
    given = {"roles": OMIT}  # they would lift what the role of “masked” hides


class TestSharingRule(EntityContract):
    entity = "sharing_rule"
    given = {"kind": "account"}
    hidden = "how"


class TestFieldGroup(EntityContract):
    entity = "field_group"
    given = {"kind": "account"}
    hidden = "people"


class TestDelegation(EntityContract):
    """Everybody names who stands in for them, and everybody sees it."""

    entity = "delegation"
    given = {"giver": OMIT, "since": OMIT, "taker": OWN}
    hidden = "reason"


class TestValueItem(EntityContract):
    entity = "value_item"
    given = {"list": "industry", "key": lambda n: f"entry_{n}", "parent": OMIT, "position": lambda n: n}
    hidden = "position"


class TestCurrency(EntityContract):
    entity = "currency"
    given = {"code": lambda n: CODES[n % len(CODES)]}
    hidden = "active"


class TestExchangeRate(EntityContract):
    entity = "exchange_rate"
    given = {"currency": "USD"}
    hidden = "rate"


class TestSavedView(EntityContract):
    """Everybody makes own ones; these are shared with everybody, so everybody sees them."""

    entity = "saved_view"
    given = {"entity": "account", "share": "everybody", "order": "title", "shown": "kind", "grouping": "kind"}
    hidden = "words"


class TestImportScenario(EntityContract):
    """Everybody makes own ones; these are shared with everybody, so everybody sees them."""

    entity = "import_scenario"
    given = {"entity": "account", "share": "everybody"}
    hidden = "signature"


class TestPipeline(EntityContract):
    entity = "pipeline"
    given = {"key": lambda n: f"pipeline_{n}", "position": lambda n: 1000 + n}


class TestStage(EntityContract):
    entity = "stage"
    given = {"key": lambda n: f"step_{n}", "kind": "open", "probability": "40", "asks": OMIT}
    hidden = "usual_days"


class TestLead(EntityContract):
    entity = "lead"
    given = dict.fromkeys(("pipeline", "stage", "reject_reason", "reject_note", "recycle_on"), OMIT)
    hidden = "interest"


class TestAssignmentRule(EntityContract):
    entity = "assignment_rule"
    given = {"for_pipeline": OMIT, "condition": OMIT, "mode": "queue", "active": False}
    hidden = "at_least"


class TestTarget(EntityContract):
    """One for each holder, period and measure: the number makes the month."""

    entity = "target"
    given = {
        "whose": "person",
        "period": "month",
        "metric": "won_amount",
        "starts_on": lambda n: f"{2000 + n // 12}-{n % 12 + 1:02}-01",
        "number": OMIT,
    }
    hidden = "remark"
