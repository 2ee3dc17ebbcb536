"""What holds for every kind: values survive being written down and read again, and bad input has a reason."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal as D  # noqa: N817  the kind is called Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tracte.kernel import ids
from tracte.kernel.messages import MESSAGES
from tracte.kernel.money import Money
from tracte.kernel.problems import Fault
from tracte.meta.kinds import (
    KINDS,
    Address,
    Amount,
    AutoNumber,
    Checklist,
    Choice,
    Computed,
    Context,
    Country,
    Data,
    Date,
    DateTime,
    Decimal,
    Duration,
    Email,
    Integer,
    Kind,
    LongText,
    ManyReferences,
    MultiChoice,
    Option,
    Percent,
    Phone,
    PostalAddress,
    Reference,
    RichText,
    Tags,
    Team,
    Text,
    Url,
    User,
    YesNo,
)

STAGES = [Option("new", "New", "sea"), Option("won", "Won", "green"), Option("lost", "Lost", "stone", retired=True)]
LENIENT = Context(language="en", timezone="Europe/Madrid", region="ES", currency="EUR", today=date(2026, 11, 18))
STRICT = replace(LENIENT, strict=True)

line = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60)
record_ids = st.integers(1, ids.MAX_ID)
id_lists = st.lists(record_ids, unique=True).map(lambda found: tuple(found) or None)
open_stages = st.lists(st.sampled_from(["new", "won"]))
places = st.fixed_dictionaries({"street": line, "city": line, "country": st.sampled_from(["ES", None])})
money = st.builds(Money, st.decimals(-(10**12), 10**12, places=4), st.sampled_from(["EUR", "USD", "JPY", "KWD"]))
moments = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


check_lines = st.lists(st.sampled_from(["Offer sent", "? Call them #call", "Budget  #budget", "¿Qué?", "#x"])).map(
    "\n".join
)


def tangled(text: str) -> str:
    return f"<p>{text}<b>{text}</p><ul><li>{text}"


def cleaned(kind: Kind, raw: Any) -> Any:
    try:
        return kind.parse(raw, LENIENT)
    except Fault:
        return None


def read_by(kind: Kind, raws: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return raws.map(lambda raw: cleaned(kind, raw))


def bound(kind: Kind) -> Kind:
    return kind.bound("field")


KIND_VALUES: dict[str, tuple[Kind, st.SearchStrategy[Any]]] = {
    "text": (text := bound(Text("A")), read_by(text, line)),
    "long_text": (long := bound(LongText("A")), read_by(long, line)),
    "rich_text": (rich := bound(RichText("A")), read_by(rich, line | line.map(tangled))),
    "email": (bound(Email("A")), st.sampled_from(["a@b.co", "N.Ferrer@firm.example", "x@xn--mller-kva.de", None])),
    "phone": (bound(Phone("A")), st.sampled_from(["+34937412880", "+12125550100;ext=12", "+442079460958", None])),
    "url": (url := bound(Url("A")), read_by(url, line.map("firm.com/".__add__) | st.just("mailto:a@b.co"))),
    "address": (address := bound(Address("A")), read_by(address, places)),
    "country": (bound(Country("A")), st.sampled_from(["ES", "RO", None])),
    "integer": (bound(Integer("A")), st.none() | st.integers(-(2**62), 2**62)),
    "decimal": (bound(Decimal("A", places=4)), st.none() | st.decimals(-(10**12), 10**12, places=4)),
    "percent": (bound(Percent("A")), st.none() | st.decimals(0, 100, places=3)),
    "money": (bound(Amount("A")), st.none() | money),
    "date": (bound(Date("A")), st.none() | st.dates()),
    "datetime": (bound(DateTime("A")), st.none() | moments),
    "duration": (bound(Duration("A")), st.none() | st.integers(-(10**9), 10**9)),
    "yes_no": (bound(YesNo("A")), st.booleans()),
    "choice": (bound(Choice("A", options=STAGES)), st.sampled_from(["new", "won", "lost", None])),
    "multi_choice": (several := bound(MultiChoice("A", options=STAGES)), read_by(several, open_stages)),
    "tags": (tags := bound(Tags("A")), read_by(tags, st.lists(line))),
    "reference": (bound(Reference("A", to="account", model="crm.Account")), st.none() | record_ids),
    "user": (bound(User("A")), st.none() | record_ids),
    "team": (bound(Team("A")), st.none() | record_ids),
    "many_references": (bound(ManyReferences("A", to="*")), id_lists),
    "checklist": (checks := bound(Checklist("A", list="checks")), read_by(checks, check_lines)),
    "auto_number": (bound(AutoNumber("A", pattern="OP-{year}-{n:04}")), st.sampled_from(["OP-2026-0001", None])),
}  # fmt: skip
every_kind = pytest.mark.parametrize("key", sorted(KIND_VALUES))
kinds_and_values = st.sampled_from(sorted(KIND_VALUES)).flatmap(
    lambda key: st.tuples(st.just(key), KIND_VALUES[key][1])
)


def test_every_kind_is_tried_here() -> None:
    assert KINDS.keys() - KIND_VALUES.keys() == {"computed", "data"}
    assert all(KINDS[key] is type(kind) for key, (kind, _) in KIND_VALUES.items())


@every_kind
@given(data=st.data())
def test_a_value_survives_json_columns_form_and_file(key: str, data: st.DataObject) -> None:
    kind, values = KIND_VALUES[key]
    value = data.draw(values)
    written = kind.to_json(value)
    assert kind.from_json(written) == value
    if kind.stored:
        assert kind.from_columns(kind.to_columns(value)) == value
        assert len(kind.to_columns(value)) == len(kind.columns())
    if written is not None:
        Draft202012Validator(kind.json_schema()).validate(written)
        assert kind.parse(written, STRICT) == value
    for language in ("en", "ca", "de"):
        ctx = replace(LENIENT, language=language)
        assert kind.parse(kind.export(value, ctx), ctx) == value
        if key != "datetime" or not ambiguous(value):
            assert kind.parse(kind.edit_text(value, ctx), ctx) == value


def ambiguous(moment: datetime | None) -> bool:
    """In the hour that comes twice when summer time ends, the wall clock does not tell which."""
    return moment is not None and DateTime("A").parse(DateTime("A").edit_text(moment, LENIENT), LENIENT) != moment


@every_kind
@given(data=st.data())
def test_a_value_in_canonical_form_stays_as_it_is(key: str, data: st.DataObject) -> None:
    kind, values = KIND_VALUES[key]
    value = data.draw(values)
    assert kind.parse(value, LENIENT) == value


@every_kind
@given(data=st.data())
def test_what_is_shown_is_escaped(key: str, data: st.DataObject) -> None:
    kind, values = KIND_VALUES[key]
    value = data.draw(values)
    shown = kind.html(value, LENIENT) + kind.control(value, LENIENT, id="f-1", invalid=True, describedby="e-1")
    if key != "rich_text":
        assert "<script" not in shown
    assert " style=" not in shown.replace("&", "") or key in (
        "text",
        "long_text",
        "tags",
        "address",
        "url",
        "rich_text",
    )
    assert isinstance(kind.text(value, LENIENT), str)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@every_kind
@given(raw=anything)
@example(raw="\0")
@example(raw="\ud800")
@example(raw="x" * 1_000_000)
@example(raw={"amount": "1", "currency": "\ud800"})
@example(raw=float("inf"))
@example(raw=10**400)
@pytest.mark.parametrize("ctx", [LENIENT, STRICT], ids=["lenient", "strict"])
def test_any_input_is_read_or_refused_with_a_reason(key: str, raw: Any, ctx: Context) -> None:
    kind, _ = KIND_VALUES[key]
    for op in (None, *kind.operators):
        try:
            if op is None:
                value = kind.parse(raw, ctx)
                assert kind.from_json(kind.to_json(value)) == value
                if isinstance(kind.to_json(value), str):
                    kind.to_json(value).encode()
            else:
                kind.operand(op, raw, ctx)
        except Fault as fault:
            assert fault.code in MESSAGES


@every_kind
def test_a_control_shows_what_was_typed_wrongly(key: str) -> None:
    kind, _ = KIND_VALUES[key]
    if key in ("yes_no", "multi_choice", "many_references"):
        pytest.skip("is picked, not typed")
    shown = kind.control("no <such> thing", LENIENT, id="f-1", invalid=True, describedby="e-1")
    assert "no &lt;such&gt; thing" in shown
    assert 'aria-invalid="true"' in shown
    assert 'aria-describedby="e-1"' in shown


def test_a_column_is_read_at_once_with_its_faults() -> None:
    values, faults = Integer("A", min=0).parse_many(["1", "x", "", "-2", None], LENIENT)
    assert values == [1, None, None, None, None]
    assert {row: fault.code for row, fault in faults.items()} == {1: "not_an_integer", 3: "too_small"}


@pytest.mark.parametrize(
    ("kind", "raw", "code"),
    [
        (Text("A", max_length=3), "abcd", "too_long"),
        (Text("A"), "a\0b", "nul_character"),
        (Text("A"), ["a"], "not_text"),
        (Email("A"), "nobody", "bad_email"),
        (Phone("A"), "call me", "bad_phone"),
        (Url("A"), "javascript:alert(1)", "bad_url"),
        (Url("A"), "data:text/html,x", "bad_url"),
        (Integer("A"), "1.5", "not_an_integer"),
        (Integer("A"), 10**30, "too_big"),
        (Decimal("A", places=2), "1.2345", "too_many_decimals"),
        (Percent("A"), "101", "too_big"),
        (Amount("A"), "12 XYZ", "bad_money"),
        (Amount("A"), {"amount": "1", "currency": "XYZ"}, "bad_currency"),
        (Amount("A"), "99999999999999999", "too_big"),
        (Date("A"), "2026-02-30", "bad_date"),
        (DateTime("A"), "noon", "bad_datetime"),
        (Duration("A"), "a while", "bad_duration"),
        (YesNo("A"), "perhaps", "not_yes_no"),
        (Choice("A", options=STAGES), "maybe", "not_a_choice"),
        (Tags("A"), ["a,b"], "bad_tag"),
        (Tags("A"), ["a"] * 101, "too_many"),
        (Reference("A", to="account"), "12", "bad_id"),
        (Country("A"), "Atlantis", "bad_country"),
        (Data("A"), "x", "not_an_object"),
        (Computed("A", kind=Integer("B"), of=(), value=len), 1, "read_only"),
    ],
)
def test_bad_input_says_why(kind: Kind, raw: Any, code: str) -> None:
    with pytest.raises(Fault) as refused:
        kind.parse(raw, LENIENT)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (Text("A"), 1),
        (Integer("A"), True),
        (Integer("A"), "1,000"),
        (Decimal("A"), "1,5"),
        (Amount("A"), "1 €"),
        (Amount("A"), {"amount": "1.00"}),
        (Amount("A"), {"amount": "1.00", "currency": "EUR", "x": 1}),
        (Date("A"), "24 Nov 2026"),
        (DateTime("A"), "2026-11-24T09:30"),
        (YesNo("A"), "yes"),
        (Choice("A", options=STAGES), "New"),
        (MultiChoice("A", options=STAGES), "new"),
        (Reference("A", to="account"), 12),
    ],
)
def test_json_must_have_the_right_type(kind: Kind, raw: Any) -> None:
    with pytest.raises(Fault):
        kind.parse(raw, STRICT)


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (Text("A"), "  Cafe\u0301\tNord ", "Café Nord"),
        (LongText("A"), "a \r\nb\x0bc", "a\nb\nc"),
        (RichText("A"), "a & b\n\nc", "<p>a &amp; b</p><p>c</p>"),
        (RichText("A"), "<p onclick=x>a<script>b</script><svg><style>c</style></svg></p>", "<p>a</p>"),
        (RichText("A"), "<p> </p>", None),
        (Url("A"), "www.Firm.com/A", "https://www.firm.com/A"),
        (Integer("A"), "1,234", 1234),
        (Percent("A"), "25 %", D(25)),
        (Amount("A"), "$22,247.63", Money(D("22247.63"), "USD")),
        (Amount("A"), {"amount": "12,50", "currency": "RON"}, Money(D("12.50"), "RON")),
        (Amount("A"), {"amount": " ", "currency": "RON"}, None),
        (Date("A"), "24 Nov 2026", date(2026, 11, 24)),
        (DateTime("A"), "24/11/2026 09:30", datetime(2026, 11, 24, 8, 30, tzinfo=UTC)),
        (Duration("A"), "1h 30m", 5400),
        (Duration("A"), "PT90M", 5400),
        (Duration("A"), "1:30", 5400),
        (Duration("A"), "1,5 hores", 5400),
        (YesNo("A"), "Sí", True),
        (YesNo("A"), None, False),
        (Choice("A", options=STAGES), " NEW", "new"),
        (MultiChoice("A", options=STAGES), "won, New", ("new", "won")),
        (Tags("A"), "Fira  2026, VIP; vip", ("fira 2026", "vip")),
        (Address("A"), "Carrer Major 1, Spain", PostalAddress("Carrer Major 1", country="ES")),
        (Address("A"), {"street": "", "country": None}, None),
        (Country("A"), "romania", "RO"),
    ],
)
def test_what_people_write_is_understood(kind: Kind, raw: Any, value: Any) -> None:
    assert kind.parse(raw, LENIENT) == value


def test_a_retired_choice_may_stay_but_not_come() -> None:
    stage = Choice("Stage", options=STAGES)
    assert stage.parse("lost", LENIENT) == "lost"
    with pytest.raises(Fault) as refused:
        stage.check_new("lost", LENIENT)
    assert refused.value.code == "retired_choice"
    assert '"lost"' not in stage.control("new", LENIENT, id="f")
    assert '"lost" selected' in stage.control("lost", LENIENT, id="f")


def test_a_choice_follows_the_value_list_of_its_context() -> None:
    industry = Choice("Industry", list="industry")
    ctx = replace(LENIENT, lists={"industry": {"fmcg": Option("fmcg", "Consumer goods", "clay")}})
    assert industry.parse("consumer GOODS", ctx) == "fmcg"
    assert industry.html("fmcg", ctx) == '<span class="pill hue-clay">Consumer goods</span>'
    assert industry.html("gone", ctx) == '<span class="pill line">gone</span>'
    with pytest.raises(Fault):
        industry.parse("fmcg", LENIENT)


@pytest.mark.parametrize(
    ("kind", "op", "raw", "operand"),
    [
        (Date("A"), "within", "next_30_days", (date(2026, 11, 18), date(2026, 12, 18))),
        (Date("A"), "gte", "-14d", date(2026, 11, 4)),
        (Date("A"), "gt", "this_month", date(2026, 11, 30)),
        (Date("A"), "between", ["2026-01-01", "today"], [date(2026, 1, 1), date(2026, 11, 18)]),
        (DateTime("A"), "gte", "today", datetime(2026, 11, 17, 23, tzinfo=UTC)),
        (DateTime("A"), "lte", "2026-11-18", datetime(2026, 11, 18, 22, 59, 59, 999999, tzinfo=UTC)),
        (Integer("A"), "in", ["1", 2], [1, 2]),
        (Tags("A"), "has_any", ["VIP"], ("vip",)),
        (Text("A"), "empty", None, None),
        (Phone("A"), "contains", "937 41", "93741"),
    ],
)
def test_operands_are_canonical(kind: Kind, op: str, raw: Any, operand: Any) -> None:
    assert kind.operand(op, raw, LENIENT) == operand


def test_forms_gather_the_parts_of_a_composite() -> None:
    amount, address, agreed = bound(Amount("A")), bound(Address("A")), bound(YesNo("A"))
    assert amount.from_form({"field": "5", "field_currency": "RON"}) == {"amount": "5", "currency": "RON"}
    given_address = {"field_street": "Carrer 1", "field_country": "ES"}
    assert address.in_form(given_address)
    assert address.parse(address.from_form(given_address), LENIENT) == PostalAddress("Carrer 1", country="ES")
    assert agreed.from_form({"field__sent": "1"}) == "false"
    assert agreed.in_form({"field__sent": "1"})
    assert not agreed.in_form({})


def test_parts_are_bound_to_their_columns() -> None:
    assert {part: kind.columns() for part, kind in bound(Amount("A")).parts().items()} == {
        "amount": ("field",),
        "currency": ("field_currency",),
    }
    assert [kind.columns()[0] for kind in bound(Address("A")).parts().values()] == [*bound(Address("A")).columns()]


def test_an_amount_is_written_in_its_minor_units() -> None:
    assert Amount("A").to_json(Money(D("186400"), "EUR")) == {"amount": "186400.00", "currency": "EUR"}
    assert Amount("A").to_json(Money(D("12.0"), "JPY")) == {"amount": "12", "currency": "JPY"}
    assert Amount("A").to_json(Money(D("1.2345"), "EUR")) == {"amount": "1.2345", "currency": "EUR"}


def test_numbers_are_made_by_their_pattern() -> None:
    number = AutoNumber("Number", pattern="OP-{year}-{n:04}")
    assert number.made(42, date(2026, 11, 18)) == "OP-2026-0042"
    assert number.counter(date(2026, 11, 18)) != number.counter(date(2027, 1, 1))
    for pattern in ("OP-", "{n}{n}", "{month}-{n}", "{x}{n}"):
        with pytest.raises(ValueError, match="give"):
            AutoNumber("Number", pattern=pattern)


def test_a_computed_value_is_shown_as_its_kind() -> None:
    weighted = Computed(
        "Weighted", kind=Amount("A"), of=("amount", "probability"), value=lambda v: v["amount"] * v["probability"]
    )
    value = weighted.computed({"amount": Money(D(100), "EUR"), "probability": D("0.5")})
    assert weighted.text(value, LENIENT) == "€50"
    assert weighted.numeric
    assert not weighted.db_fields()


def test_links_carry_no_opener_and_only_safe_schemes() -> None:
    assert 'rel="noopener noreferrer"' in Url("A").html("https://firm.com", LENIENT)
    cleaned_note = RichText("A").parse('<a href="javascript:x">a</a><a href="https://b.co">b</a>', STRICT)
    assert "javascript" not in cleaned_note
    assert "noopener" in cleaned_note
    assert RichText("A").text(cleaned_note, LENIENT) == "ab"


@pytest.mark.parametrize("make", [Text, LongText, Email, Url, Phone, Tags, RichText])
def test_a_megabyte_is_refused_without_work(make: Callable[[str], Kind]) -> None:
    with pytest.raises(Fault) as refused:
        make("A").parse("é" * 1_000_000, LENIENT)
    assert refused.value.code == "too_long"
