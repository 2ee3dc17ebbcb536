"""Exports hold what the person may see, and nothing of what they may not (SEC-15)."""

import pytest

from tracte.engine.exporting import export
from tracte.kernel.actor import OPERATOR, Actor, Level
from tracte.kernel.ids import encode
from tracte.records import door

pytestmark = pytest.mark.django_db


def test_a_reference_out_of_sight_is_exported_as_empty() -> None:
    anna = door.create(OPERATOR, "user", {"name": "Anna", "email": "anna@example.org"}, origin="system").id
    mine = door.create(OPERATOR, "account", {"name": "Mine", "owner": anna}, origin="system").id
    theirs = door.create(OPERATOR, "account", {"name": "Theirs"}, origin="system").id
    for name, account in (("One", mine), ("Two", theirs)):
        door.create(OPERATOR, "contact", {"last_name": name, "account": account, "owner": anna}, origin="system")
    levels = {(entity, verb): Level.OWN for entity in ("account", "contact") for verb in ("view", "export")}
    text = "".join(export("contact", Actor(anna, "Anna", levels=levels)).csv_text())
    assert encode(mine) in text
    assert encode(theirs) not in text
    assert encode(theirs) in "".join(export("contact", OPERATOR).csv_text())
