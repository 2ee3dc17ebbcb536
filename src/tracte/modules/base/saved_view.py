"""Views of lists that people save for themselves and for others."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tracte.kernel.actor import Actor, Level
from tracte.kernel.problems import Rejected
from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, List
from tracte.meta.kinds import Choice, Integer, Text
from tracte.meta.kinds.base import Option
from tracte.meta.kinds.data import Data
from tracte.meta.registry import registry
from tracte.records import query
from tracte.records.query import Rows, reach
from tracte.records.record import Record

LOOKS = [Option("list", _("List")), Option("board", _("Board"))]
SHARES = [Option("me", _("Only me")), Option("team", _("My team")), Option("everybody", _("Everybody"))]


class SavedView(Record):
    """A filter with its columns, order and grouping, under a name.

    ``condition`` is ``{"all": […]}`` in the language of conditions. It is read again with the rights of whoever looks,
    so a shared view shows nobody more than they may see. ``board`` is ``{"group": pipeline, "fold": columns}`` for
    a view shown as a board; its ``shown`` are the fields of the cards.
    """

    name = Text(_("Name"), max_length=60, required=True)
    entity = Text(_("Kind of record"), max_length=40, required=True)
    share = Choice(_("Who sees it"), options=SHARES, default="me")
    look = Choice(_("Shown as"), options=LOOKS, default="list")
    condition = Data(_("Filter"))
    words = Text(_("Text searched for"), max_length=200)
    shown = Text(_("Columns"), max_length=1000)
    order = Text(_("Order"), max_length=200)
    grouping = Text(_("Grouped by"), max_length=80)
    board = Data(_("Board"))
    position = Integer(_("Position"), default=100)

    class Meta:
        db_table = "saved_view"
        indexes = [
            models.Index(fields=["entity", "id"], name="saved_view_of", condition=models.Q(deleted_at__isnull=True))
        ]


class SavedViewEntity(Entity):
    """A view of a list: everybody saves their own, and may share it with their team or with everybody."""

    key, plural, model = "saved_view", "saved_views", SavedView
    label, label_plural = _("Saved view"), _("Saved views")
    icon = "bookmark"
    own_things = True
    told_by = ("entity",)
    searchable = False
    timeline = True
    title = "{name}"
    form = Form(Group(_("View"), "name entity", "share look", "words position", "shown", "order grouping"))
    list = List("title entity share look owner", sort="-id")

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """A view is of a kind of record its maker may see, and its filter can be read."""
        for draft in drafts:
            entity = draft.values.get("entity")
            if not entity or not (draft.changed("entity") or draft.changed("condition")):
                continue
            if entity not in registry() or reach(registry()[entity], env.actor, "view") is Level.NONE:
                draft.problem("entity", "not_a_choice", value=entity)
                continue
            condition = draft.values.get("condition")
            if condition:
                try:
                    query.rows(entity, env.actor).where(condition)
                except Rejected as rejected:
                    problem = rejected.problems[0]
                    draft.problem("condition", problem.code, **problem.params)

    def row_rule(self, actor: Actor) -> Q | None:
        """One's own, those shared with one of one's teams, and those for everybody."""
        if actor.user_id is None and actor.everything:
            return None
        return Q(owner=actor.user_id) | Q(share="everybody") | Q(share="team", team__in=sorted(actor.teams))

    def told(self, values: Mapping[str, Any], actor: Actor) -> Mapping[str, Any]:
        """The view without parts that name what is hidden from the reader; where it cannot be told of which entity it
        is, without any.
        """
        if actor.everything:
            return values
        entity = values.get("entity")
        known = entity in registry() and reach(registry()[str(entity)], actor, "view") is not Level.NONE
        return (
            told(values, query.rows(str(entity), actor))
            if known
            else {**values, **dict.fromkeys(PARTS & values.keys())}
        )


PARTS = frozenset({"condition", "shown", "order", "grouping"})


def told(values: Mapping[str, Any], rows: Rows) -> dict[str, Any]:
    """The same values with only the parts that hold for who reads ``rows``."""
    condition, kept = values.get("condition"), dict(values)
    if condition:
        parts = condition["all"] if isinstance(condition, Mapping) and set(condition) == {"all"} else [condition]
        held = [part for part in parts if _holds(rows, part)]
        kept["condition"] = {"all": held} if held else None
    for name, sign in (("shown", ""), ("order", "-")):
        if values.get(name):
            listed = [one for one in str(values[name]).split(",") if one.lstrip(sign) in ("title", "id", *rows.visible)]
            kept[name] = ",".join(listed) or None
    if values.get("grouping") and values["grouping"] not in (*rows.visible, "none"):
        kept["grouping"] = None
    return kept


def _holds(rows: Rows, part: Any) -> bool:
    try:
        rows.where({"all": [part]})
    except Rejected:
        return False
    return True
