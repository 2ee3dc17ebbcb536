import re
from pathlib import Path

import pytest
from django.utils.translation import override

import tracte
from tracte.kernel.messages import MESSAGES, message_for

_CODE = re.compile(r'Fault\(\s*"([a-z_]+)"|Problem\(\s*[^,()]+,\s*"([a-z_]+)"')


def test_every_code_in_the_program_has_a_message() -> None:
    used = {
        code
        for path in Path(tracte.__file__).parent.rglob("*.py")
        for found in _CODE.findall(path.read_text("utf-8"))
        for code in found
        if code
    }
    assert len(used) > 20
    assert used - MESSAGES.keys() == set()


@pytest.mark.parametrize("code", sorted(MESSAGES))
def test_a_message_never_fails_for_want_of_a_value(code: str) -> None:
    with override("en"):
        said = message_for(code, {})
    assert said.endswith((".", "…"))
    assert "%(" not in said


def test_values_stand_in_the_sentence() -> None:
    with override("en"):
        assert message_for("too_long", {"max": 200}) == "This is too long: 200 characters at most."


def test_an_unknown_code_is_still_readable() -> None:
    assert message_for("odd_thing", {}) == "Odd thing"
