"""Notes: what somebody wants remembered about one or several records (GA-48)."""

from collections.abc import Sequence

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tracte.kernel.actor import Actor
from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, List, View
from tracte.meta.kinds import ManyReferences, RichText, Text, YesNo
from tracte.meta.kinds.rich_text import plain
from tracte.records.record import Record

SUMMARY_LENGTH = 100


def summary_of(body: str) -> str | None:
    """The first line of the text in the note, cut at a word when it is long."""
    first = next((line for raw in plain(body).splitlines() if (line := " ".join(raw.split()))), None)
    if first is None or len(first) <= SUMMARY_LENGTH:
        return first
    cut = first[:SUMMARY_LENGTH]
    return (cut[: cut.rfind(" ")] if " " in cut[SUMMARY_LENGTH // 2 :] else cut).rstrip(" ,;:-") + "…"


class Note(Record):
    """A text about any number of records. A private one is for its owner alone."""

    summary = Text(_("Summary"), max_length=120, read_only=True, made_of=("body",))
    body = RichText(_("Note"), required=True, search="B")
    about = ManyReferences(_("About"), to="*", related=_("Notes"))
    pinned = YesNo(_("Pinned"), help=_("Stays on top of the timeline."))
    private = YesNo(_("Private"), help=_("Only its owner sees it."))

    class Meta:
        db_table = "note"
        # Newest first is the order of the ids, so the reach "all" needs no index of its own.
        indexes = [
            models.Index(fields=["owner", "id"], name="note_own", condition=models.Q(deleted_at__isnull=True)),
            models.Index(fields=["team", "id"], name="note_team", condition=models.Q(deleted_at__isnull=True)),
        ]


class NoteEntity(Entity):
    """Something to remember, shown in the timeline of every record it is about."""

    key, plural, model = "note", "notes", Note
    label, label_plural = _("Note"), _("Notes")
    icon, area, order = "sticky-note", "sell", 80
    title = "{summary}"
    form = Form(Group(_("Note"), "body", "about", "pinned private"))
    list = List("title about owner pinned created_at", sort="-id")
    views = (
        View("all", _("All notes")),
        View("mine", _("Mine"), where=["owner", "eq", "me"]),
        View("pinned", _("Pinned"), where=["pinned", "eq", True]),
        View("private", _("Private"), where=["private", "eq", True]),
    )

    def derive(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """The first words of a note are its title."""
        for draft in drafts:
            body = draft.values.get("body")
            if draft.changed("body"):
                draft.values["summary"] = summary_of(body) if body else None

    def row_rule(self, actor: Actor) -> Q | None:
        """Private notes are for their owner, whatever the role; only the system itself (a backup) reads all."""
        if actor.user_id is None and actor.everything:
            return None
        mine = Q(owner=actor.user_id) if actor.user_id is not None else Q(pk__in=[])
        return Q(private=False) | mine
