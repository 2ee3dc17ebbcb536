"""Time zones: chosen from a list, searched by typing, refused with a reason."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracte.kernel.problems import Fault
from tracte.meta.kinds import Context, TimeZone
from tracte.meta.kinds.timezone import known_zones, offered_zones

KIND = TimeZone("Time zone").bound("timezone")
SUMMER, WINTER = Context(today=date(2026, 7, 1)), Context(today=date(2026, 1, 1))


@given(st.sampled_from(offered_zones()))
def test_every_zone_offered_is_known_and_read_back_however_it_is_written(zone: str) -> None:
    assert ZoneInfo(zone)
    for text in (zone, zone.lower(), zone.replace("_", " ")):
        assert KIND.parse(text, SUMMER) == zone


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("madrid", "Europe/Madrid"),
        ("New York", "America/New_York"),
        ("europe/bucharest", "Europe/Bucharest"),
        ("utc", "UTC"),
        ("CET", "CET"),  # an old name that was stored once stays what it is
        ("", None),
    ],
)
def test_a_place_that_names_one_zone_will_do(typed: str, zone: str | None) -> None:
    assert KIND.parse(typed, SUMMER) == zone


@pytest.mark.parametrize("typed", ["Mars/Olympus", "Europe", "UTC+1", "../etc/localtime", "Europe/Madrid\0"])
def test_a_zone_nobody_knows_is_refused(typed: str) -> None:
    with pytest.raises(Fault) as caught:
        KIND.parse(typed, SUMMER)
    assert caught.value.code in ("bad_timezone", "nul_character")


def test_a_client_of_the_api_writes_the_exact_name() -> None:
    strict = Context(strict=True)
    assert KIND.parse("Europe/Madrid", strict) == "Europe/Madrid"
    with pytest.raises(Fault, match="bad_timezone"):
        KIND.parse("madrid", strict)


def test_the_box_offers_every_zone_with_its_distance_of_the_day() -> None:
    box = KIND.control("Europe/Madrid", SUMMER, id="f-timezone")
    assert 'list="f-timezone-zones"' in box
    assert 'value="Europe/Madrid"' in box
    assert '<datalist id="f-timezone-zones">' in box
    assert box.count("<option") == len(offered_zones()) < len(known_zones())
    assert '<option value="Europe/Madrid">UTC+02:00</option>' in box
    assert '<option value="Europe/Madrid">UTC+01:00</option>' in KIND.control(None, WINTER, id="x")
    assert '<option value="America/St_Johns">UTC\N{MINUS SIGN}03:30</option>' in KIND.control(None, WINTER, id="x")
