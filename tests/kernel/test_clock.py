from datetime import UTC, date, datetime

import pytest

from tracte.kernel import clock


def test_a_stopped_clock_stands_still_and_goes_on_afterwards() -> None:
    moment = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    with clock.frozen(moment):
        assert clock.now() == moment
        assert clock.today("UTC") == date(2026, 11, 24)
        assert clock.today("Europe/Madrid") == date(2026, 11, 25)
    assert clock.now() != moment


def test_a_moment_without_zone_does_not_stop_the_clock() -> None:
    with pytest.raises(ValueError, match="time zone"), clock.frozen(datetime(2026, 1, 1)):
        pass
