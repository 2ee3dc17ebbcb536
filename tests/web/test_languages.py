"""The program in the languages it ships: its words, and the dates, numbers and money of whoever reads."""

from datetime import date
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import ngettext, override
from tests.modules.conftest import Make, firm, make

from tracte.kernel.actor import OPERATOR
from tracte.kernel.ids import encode
from tracte.meta.vocabulary import shipped_lists
from tracte.records import query
from tracte.records.people import Role, User

pytestmark = pytest.mark.django_db
__all__ = ["firm", "make"]

WORDS = {
    "ca": ("Comptes", "Client", "Tancament previst", "Cronologia", "Responsable", "Desa"),
    "es": ("Cuentas", "Cliente", "Cierre previsto", "Cronología", "Responsable", "Guardar"),
    "ro": ("Conturi", "Client", "Închidere estimată", "Cronologie", "Responsabil", "Salvează"),
}
SHOWN = {
    "ca": ("1.234.567,89\u00a0€", "15 de des. del 2019", "12.500"),
    "es": ("1.234.567,89\u00a0€", "15 dic 2019", "12.500"),
    "ro": ("1.234.567,89\u00a0EUR", "15 dec. 2019", "12.500"),
}


def reader(make: Make, language: str) -> Client:
    """The browser of a manager who reads ``language``."""
    role = encode(Role.objects.get(key="manager").pk)
    made = make("user", name="Ioana", email="ioana@firm.example", language=language, roles=[role])
    client = Client()
    client.force_login(User.objects.get(pk=made), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.parametrize("language", WORDS)
def test_lists_and_records_are_in_the_words_and_formats_of_their_reader(make: Make, language: str) -> None:
    client, plural, customer, closing, timeline, keeper, save = reader(make, language), *WORDS[language]
    owner = User.objects.get(email="ioana@firm.example").pk
    account = make("account", name="Acme", kind="customer", employees="12500", owner=owner)
    deal = make(
        "opportunity", name="Line", account=account, amount="1234567.89 EUR", closes_on="2019-12-15", owner=owner
    )
    money, day, employees = SHOWN[language]
    accounts = page(client, "/accounts/")
    assert f'lang="{language}" dir="ltr"' in accounts
    assert plural in accounts
    assert customer in accounts
    record = page(client, f"/accounts/{encode(account)}/")
    assert employees in record
    assert timeline in record
    assert keeper in record
    for shown in (page(client, "/opportunities/?view=all"), page(client, f"/opportunities/{encode(deal)}/")):
        assert money in shown
        assert day in shown
        assert closing in shown
    assert save in page(client, f"/opportunities/{encode(deal)}/edit/")


@pytest.mark.parametrize("language", WORDS)
def test_a_form_reads_what_people_of_the_language_write(make: Make, language: str) -> None:
    client = reader(make, language)
    owner = User.objects.get(email="ioana@firm.example").pk
    deal = make("opportunity", name="Line", amount="1 EUR", owner=owner)
    sent = {"name": "Line", "amount": "1.250,50", "amount_currency": "EUR", "closes_on": "4/3/2027"}
    answer = client.post(f"/opportunities/{encode(deal)}/edit/", sent)
    assert answer.status_code in (204, 302), answer.content.decode()[:2000]
    kept = query.rows("opportunity", OPERATOR).get(deal)
    assert kept["amount"].amount == Decimal("1250.50")
    assert kept["closes_on"] == date(2027, 3, 4)


@pytest.mark.parametrize(
    ("asked", "language", "words"),
    [
        ("es-MX,es;q=0.9,en;q=0.5", "es", "Iniciar sesión"),
        ("ro-RO", "ro", "Autentificare"),
        ("xx,ca;q=0.3", "ca", "Inicia sessió"),
        ("ja", "en", "Sign in"),
    ],
)
def test_the_sign_in_page_speaks_the_language_of_the_browser(asked: str, language: str, words: str) -> None:
    shown = Client(headers={"Accept-Language": asked}).get("/auth/login/").content.decode()
    assert f'lang="{language}"' in shown
    assert words in shown


def test_the_sign_in_page_can_be_read_in_another_language() -> None:
    client = Client()
    assert client.post("/auth/language/", {"language": "ro", "next": "/auth/login/"}).url == "/auth/login/"  # type: ignore[attr-defined]
    assert 'lang="ro"' in client.get("/auth/login/").content.decode()
    away = client.post("/auth/language/", {"language": "es", "next": "https://elsewhere.example/"})
    assert away.url == "/"  # type: ignore[attr-defined]


def test_a_person_chooses_among_all_languages_each_in_its_own_words(make: Make) -> None:
    assert {key: str(option.label) for key, option in shipped_lists()["language"].items()} == dict(settings.LANGUAGES)
    shown = page(reader(make, "en"), "/settings/profile/")
    assert all(name in shown for _code, name in settings.LANGUAGES)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0 zile"),
        (1, "1 zi"),
        (2, "2 zile"),
        (19, "19 zile"),
        (20, "20 de zile"),
        (101, "101 zile"),
        (120, "120 de zile"),
    ],
)
def test_romanian_counts_in_its_three_ways(number: int, words: str) -> None:
    with override("ro"):
        assert ngettext("%(n)d day", "%(n)d days", number) % {"n": number} == words
