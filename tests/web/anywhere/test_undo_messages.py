"""Whatever somebody does on a list, a board or a record, the message about it takes it back."""

import re
from typing import Any

import pytest
from tests.modules.conftest import Make
from tests.web.listing.conftest import signed_in

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import query
from tracte.records.changes import ChangeSet

pytestmark = pytest.mark.django_db
ME, IT, STAGE = "{me}", "{it}", "{stage}"
DOINGS: dict[str, tuple[str, dict[str, str]]] = {
    "new": ("/opportunities/new/", {"name": "New one"}),
    "quick": ("/opportunities/new/quick", {"name": "New one"}),
    "edit": (f"/opportunities/{IT}/edit/", {"name": "Another name"}),
    "field": (f"/opportunities/{IT}/field/next_step/", {"next_step": "Call"}),
    "cell": (f"/opportunities/{IT}/cell/next_step/", {"next_step": "Call"}),
    "action": (f"/opportunities/{IT}/do/lose/", {"lost_reason": "price"}),
    "path": (f"/opportunities/{IT}/move", {"stage": STAGE}),
    "note": (f"/opportunities/{IT}/talk/", {"text": "Said hello"}),
    "delete": (f"/opportunities/{IT}/delete/", {}),
    "delete several": ("/opportunities/bulk", {"action": "delete", "ids": IT}),
    "assign several": ("/opportunities/bulk", {"action": "assign", "ids": IT, "owner": ME}),
}


SCRIPT_ONLY = ("quick", "cell")  # without script their addresses lead to another form


@pytest.mark.parametrize(
    ("doing", "fragment"), [(one, how) for one in DOINGS for how in (False, True) if how or one not in SCRIPT_ONLY]
)
def test_the_message_takes_it_back(
    make: Make, manager: Actor, seller: Actor, stage: dict[str, int], doing: str, fragment: bool
) -> None:
    owner = seller.user_id if doing == "assign several" else manager.user_id
    deal = make("opportunity", name="Oven line", owner=owner)
    known = {"it": encode(deal), "me": encode(int(manager.user_id or 0)), "stage": encode(stage["qualified"])}
    address, data = DOINGS[doing]
    client = signed_in(manager, fragment=fragment)
    sent: dict[str, Any] = {name: value.format(**known) for name, value in data.items()}
    before = set(ChangeSet.objects.values_list("pk", flat=True))
    answer = client.post(address.format(**known), sent)
    assert answer.status_code < 400, answer.content.decode()[:500]
    (made,) = set(ChangeSet.objects.values_list("pk", flat=True)) - before
    text = answer.content.decode()
    if "/undo" not in text:
        text = signed_in_again(client).get("/opportunities/?view=").content.decode()
    assert f"/changes/{made}/undo" in re.findall(r'action="(/changes/\d+/undo)"', text)
    assert client.post(f"/changes/{made}/undo").status_code < 400
    if doing not in ("new", "quick"):
        assert query.rows("opportunity", OPERATOR).get(deal)["name"] == "Oven line"


def signed_in_again(client: Any) -> Any:
    """The same browser, asking for a whole page."""
    client.defaults.pop("HTTP_HX_REQUEST", None)
    return client
