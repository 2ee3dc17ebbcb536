"""What each person of the demo firm keeps at hand: pinned records, followed deals with news, a shared board."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tracte.kernel import clock
from tracte.kernel.actor import Actor
from tracte.kernel.ids import encode
from tracte.modules.demo.people import PEOPLE
from tracte.records import door, query, watching
from tracte.records.people import User

LOOKED_AT = 60
BOARD = {
    "name": "Forecast",
    "entity": "opportunity",
    "share": "everybody",
    "look": "board",
    "shown": "account,amount,probability,closes_on,owner",
    "condition": {"all": [["stage.kind", "eq", "open"]]},
}


def keep(actors: Mapping[str, Actor], now: datetime) -> None:
    """Pin, follow and look, as people would have by now; the records are already there."""
    for person in PEOPLE:
        actor = actors[person.key]
        if not person.signs_in or actor.user_id is None or not actor.may("opportunity", "view"):
            continue
        rows = query.rows("opportunity", actor).page(("account", "modified_by"), "-modified_at", limit=LOOKED_AT).rows
        by_others = [row for row in rows if row.get("modified_by") not in (None, actor.user_id)] or rows
        with clock.frozen(now - timedelta(days=6)):
            for row in by_others[:3]:
                watching.seen(actor.user_id, "opportunity", row["id"])
                watching.follow(actor.user_id, "opportunity", row["id"], True)
        firms = list(dict.fromkeys(row["account"] for row in rows if row.get("account")))[:2]
        pins = [["opportunity", encode(row["id"])] for row in rows[:1]]
        user = User.objects.get(pk=actor.user_id)
        user.pins = pins + [["account", encode(pk)] for pk in firms]
        user.save(update_fields=["pins"])
    with clock.frozen(now - timedelta(days=20)):
        door.create(actors["jordi"], "saved_view", BOARD, origin="ui", canonical=True)
