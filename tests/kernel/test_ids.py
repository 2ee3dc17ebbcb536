import os
import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracte.kernel import ids

any_id = st.integers(0, ids.MAX_ID)


@given(any_id)
def test_an_id_written_down_is_read_back(number: int) -> None:
    assert ids.decode(ids.encode(number)) == number
    assert ids.decode(ids.encode(number).upper()) == number


def test_ids_of_these_years_have_twelve_characters() -> None:
    written = ids.encode(ids.new_id())
    assert len(written) == 12
    assert not set(written) & set("ilou")


def test_look_alike_letters_are_read_as_digits() -> None:
    assert ids.decode("0o0O0000001l") == ids.decode("000000000011")
    assert ids.decode("00000000000I") == 1


@pytest.mark.parametrize(
    "text", ["", "abc", "a" * 14, "00000000000u", "+00000000001", "0000_0000001", " 00000000001", "z" * 13]
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an id"):
        ids.decode(text)


@pytest.mark.parametrize("number", [-1, ids.MAX_ID + 1])
def test_a_number_out_of_range_has_no_written_form(number: int) -> None:
    with pytest.raises(ValueError, match="not an id"):
        ids.encode(number)


def test_ids_only_grow_and_blocks_are_gapless_in_order() -> None:
    made = [ids.new_id(), *ids.new_ids(5000), ids.new_id(), *ids.new_ids(3)]
    assert made == sorted(set(made))
    assert ids.new_ids(0) == []


def test_ids_grow_though_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = ids.new_id()
    monkeypatch.setattr("time.time_ns", lambda: 1_600_000_000_000_000_000)
    assert ids.new_id() > before


def test_threads_never_share_an_id() -> None:
    made: list[int] = []

    def work() -> None:
        made.extend(number for _ in range(50) for number in ids.new_ids(40))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == len(made) == 8000


def test_an_id_tells_when_it_was_made() -> None:
    assert abs(ids.moment(ids.new_id()) - datetime.now(UTC)) < timedelta(seconds=10)


def test_a_forked_child_makes_other_ids() -> None:
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(there, b"\n".join(str(number).encode() for number in ids.new_ids(500)))
        os._exit(0)
    os.close(there)
    mine = set(ids.new_ids(500))
    with os.fdopen(here, "rb") as pipe:
        theirs = {int(line) for line in pipe}
    os.waitpid(child, 0)
    assert len(theirs) == 500
    assert not mine & theirs


def test_a_node_outside_its_bits_is_refused() -> None:
    with pytest.raises(ValueError, match="4096"):
        ids.set_node(4096)
