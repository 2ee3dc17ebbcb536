"""The audit trail as administrators read it: found by kind, person, entity and day, told in sentences."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tracte.engine.access import VERB_LABELS, level_words
from tracte.kernel.ids import encode
from tracte.kernel.locales import and_list
from tracte.meta.kinds.base import Context, say
from tracte.meta.registry import EntitySpec, registry
from tracte.records.audit import AuditEntry, What
from tracte.records.changes import shown_actor

PAGE = 50
CHUNK = 1_000
COLUMNS_SHOWN = 4
TRAIL = "audit_entry"
"""What an export of the trail itself says it exported."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are asked for; all that are empty ask for nothing.

    :param person: id of a user: what they did, and what was tried or done with their account.
    :param since, until: days, both of them included, in ``timezone``.
    """

    kind: str = ""
    person: int | None = None
    entity: str = ""
    since: date | None = None
    until: date | None = None
    timezone: str = "UTC"

    def entries(self) -> QuerySet[AuditEntry]:
        """Those entries, the newest first."""
        found = AuditEntry.objects.order_by("-id")
        if self.kind:
            found = found.filter(kind=self.kind)
        if self.person is not None:
            found = found.filter(Q(actor_id=self.person) | Q(entity="user", record_id=self.person))
        if self.entity:
            found = found.filter(entity=self.entity)
        if self.since:
            found = found.filter(at__gte=self._midnight(self.since))
        if self.until:
            found = found.filter(at__lt=self._midnight(self.until + timedelta(days=1)))
        return found

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=ZoneInfo(self.timezone))


def page(wanted: Wanted, before: int | None = None, limit: int = PAGE) -> tuple[list[AuditEntry], int | None]:
    """A page of entries, and the mark of the next one."""
    found = wanted.entries()
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found[: limit + 1])
    return rows[:limit], (rows[limit - 1].pk if len(rows) > limit else None)


def every(wanted: Wanted) -> Iterator[AuditEntry]:
    """All of them, in bounded memory."""
    before: int | None = None
    while True:
        rows, before = page(wanted, before, CHUNK)
        yield from rows
        if before is None:
            return


# -- in words --------------------------------------------------------------------------------------------------------
def kind_words(kind: str) -> str:
    """What a kind of entry is called."""
    return str(What(kind).label) if kind in What.values else kind


def door_words(door: str) -> str:
    """Which way something came, for people."""
    return {
        "ui": _("On screen"),
        "api": _("API"),
        "import": _("Import"),
        "cli": _("Command line"),
        "task": _("Automatic"),
        "system": _("Automatic"),
    }.get(door, door)


def sentence(entry: AuditEntry, context: Context, title: str = "") -> str:
    """What happened, in the active language.

    :param title: of the record it is about, when the reader may see it.
    """
    data: Mapping[str, Any] = entry.data
    given = {
        "who": shown_actor(entry.actor_name) or _("Somebody"),
        "whom": data.get("title") or title or _("somebody"),
        "name": data.get("name", ""),
        "thing": _thing(entry, context, title),
        "things": _things(entry.entity, context),
        "made": data.get("made_at", ""),
        "day": data.get("before", ""),
        "path": data.get("page", ""),
    }
    plain = {
        What.SIGNED_IN: _("%(who)s signed in"),
        What.SIGNED_OUT: _("%(who)s signed out"),
        What.TOKEN_MADE: _("%(who)s made the API token “%(name)s” of %(whom)s"),
        What.TOKEN_REVOKED: _("%(who)s took back the API token “%(name)s” of %(whom)s"),
        What.FETCHED: _("%(who)s fetched the file %(name)s"),
        What.RESTORED: _("%(who)s restored the backup %(name)s, made %(made)s"),
    }
    if entry.kind in plain:
        return plain[What(entry.kind)] % given
    special = {
        What.PASSWORD_SET: _password,
        What.SECOND_STEP: _second_step,
        What.SIGN_IN_FAILED: _failed,
        What.TOKEN_REFUSED: _token,
        What.REFUSED: _refused,
        What.NOT_THERE: _not_there,
        What.EXPORTED: _exported,
        What.MASS_READ: _mass_read,
        What.RIGHTS: _rights,
        What.FORGOTTEN: _forgotten,
    }
    tell = special.get(What(entry.kind)) if entry.kind in What.values else None
    return tell(entry, given, context) if tell else f"{given['who']}: {kind_words(entry.kind)}"


Given = Mapping[str, Any]


def _password(entry: AuditEntry, given: Given, context: Context) -> str:
    if entry.record_id is None:
        return _("%(who)s set a new password") % given
    return _("%(who)s set a new password for %(whom)s") % given


def _second_step(entry: AuditEntry, given: Given, context: Context) -> str:
    told = {
        "totp_activated": _("%(who)s set up a second step for signing in"),
        "totp_deactivated": _("%(who)s took the second step for signing in away"),
    }
    return told.get(str(entry.data.get("change")), _("%(who)s made new recovery codes")) % given


def _failed(entry: AuditEntry, given: Given, context: Context) -> str:
    why = entry.data.get("why")
    if why == "too_often":
        return _("Sign-in as %(who)s was refused: too many attempts") % given
    if why == "closed":
        return _("Sign-in as %(who)s was refused: the account is closed") % given
    if why == "code":
        return _("Sign-in as %(who)s failed: wrong code of the second step") % given
    if entry.record_id is None:
        return _("Sign-in as %(who)s failed: there is nobody of this address") % given
    return _("Sign-in as %(who)s failed: wrong password") % given


def _token(entry: AuditEntry, given: Given, context: Context) -> str:
    why = entry.data.get("why")
    if why == "expired":
        return _("An API token of %(whom)s was refused: its time is over") % given
    if why == "closed":
        return _("An API token of %(whom)s was refused: the account is closed") % given
    if why == "unreadable":
        return _("Something that is no API token was refused")
    return _("An unknown API token was refused")


def _refused(entry: AuditEntry, given: Given, context: Context) -> str:
    data = entry.data
    if "verb" in data:
        verb = str(VERB_LABELS.get(data["verb"], data["verb"]))
        return _("%(who)s was refused “%(verb)s” on %(thing)s") % {**given, "verb": verb}
    if "page" in data:
        return _("%(who)s asked for a page of administrators: %(path)s") % given
    if "field" in data:
        field = _field(entry.entity, data["field"], context)
        return _("%(who)s was refused the field “%(field)s” of %(thing)s") % {**given, "field": field}
    if data.get("thing") == "changes":
        return _("%(who)s asked for a change set of somebody else") % given
    if data.get("thing") == "file":
        return _("%(who)s asked for an export of somebody else") % given
    if data.get("thing") == "task":
        return _("%(who)s asked for a task of somebody else") % given
    if entry.record_id is None:
        return _("%(who)s asked for %(things)s, which their role does not show") % given
    return _("%(who)s asked for %(thing)s, which is not theirs to see") % given


def _not_there(entry: AuditEntry, given: Given, context: Context) -> str:
    if entry.data.get("thing") == "changes":
        return _("%(who)s asked for a change set that does not exist") % given
    if entry.data.get("thing") in ("file", "task"):
        return _("%(who)s asked for a file or task that does not exist") % given
    return _("%(who)s asked for a record that does not exist (%(things)s)") % given


def _exported(entry: AuditEntry, given: Given, context: Context) -> str:
    rows = int(entry.data.get("rows") or 0)
    names = [_field(entry.entity, name, context) for name in entry.data.get("columns") or ()]
    columns = ", ".join(names[:COLUMNS_SHOWN])
    if len(names) > COLUMNS_SHOWN:
        more = len(names) - COLUMNS_SHOWN
        columns += " " + ngettext("and %(n)s more", "and %(n)s more", more) % {"n": more}
    words = ngettext(
        "%(who)s exported %(n)s row of %(things)s", "%(who)s exported %(n)s rows of %(things)s", rows
    ) % {**given, "n": _number(rows, context)}  # fmt: skip
    return f"{words} ({columns})" if columns else words


def _mass_read(entry: AuditEntry, given: Given, context: Context) -> str:
    many = int(entry.data.get("records") or 0)
    told = {**given, "n": _number(many, context)}
    return _("%(who)s looked at %(n)s different records within an hour, the last of them %(things)s") % told


def _rights(entry: AuditEntry, given: Given, context: Context) -> str:
    told = {**given, "kind": _kind(entry.entity, context), "title": entry.data.get("title", "")}
    return {
        "create": _("%(who)s added “%(title)s” (%(kind)s)"),
        "delete": _("%(who)s moved “%(title)s” to the bin (%(kind)s)"),
        "restore": _("%(who)s took “%(title)s” out of the bin (%(kind)s)"),
    }.get(str(entry.data.get("verb")), _("%(who)s changed the rights of “%(title)s” (%(kind)s)")) % told


def _forgotten(entry: AuditEntry, given: Given, context: Context) -> str:
    gone = int(entry.data.get("entries") or 0)
    words = ngettext(
        "%(n)s entry from before %(day)s was deleted: it is kept no longer",
        "%(n)s entries from before %(day)s were deleted: they are kept no longer",
        gone,
    )
    return words % {**given, "n": _number(gone, context)}


def details(entry: AuditEntry, context: Context) -> list[str]:
    """What else there is to know, a line each: rights before and after, what narrowed an export."""
    data: Mapping[str, Any] = entry.data
    found: list[str] = []
    for change in data.get("changes") or ():
        if isinstance(change, list) and len(change) == 4:
            found += _change(entry.entity, change, context)
    asked = list(dict.fromkeys(_condition(entry.entity, text, context) for text in data.get("asked") or ()))
    if asked:
        found.append(_("Only those chosen by: %(fields)s") % {"fields": and_list(asked, context.language)})
    if data.get("broken_off"):
        found.append(_("Broken off before the end."))
    if data.get("last"):
        found.append(_("What else of this kind came within the hour is not listed."))
    if data.get("cut"):
        found.append(_("There was more than fits here; the change set has it all."))
    return found


def _change(entity: str, change: list[Any], context: Context) -> Iterator[str]:
    name, part, before, after = change
    label = _field(entity, str(name), context)
    if before is None and after is None:
        yield _("%(what)s: changed") % {"what": label}
        return
    if not isinstance(before, dict) or not isinstance(after, dict):
        where = f"{label}, {_kind(part, context)}" if part else label
        yield _arrow(where, _value(before, context), _value(after, context))
        return
    for one in sorted({*before, *after}):
        if {before.get(one), after.get(one)} == {None, "none"}:
            continue  # a new role says of each verb that it does not grant it
        verb = str(VERB_LABELS[one]) if one in VERB_LABELS else _field(str(part), one, context)
        who = _("Everything else") if part == "*" else _things(str(part), context)
        yield _arrow(f"{who}, {verb}", _right(before.get(one)), _right(after.get(one)))


def _arrow(what: str, before: str, after: str) -> str:
    return _("%(what)s: %(before)s → %(after)s") % {"what": what, "before": before, "after": after}


def _right(value: Any) -> str:
    """A reach or a mask, as a role's pages call it."""
    if value in ("none", "own", "team", "unit", "all"):
        return level_words(value)
    return {"hidden": _("Hidden"), "readonly": _("Read only"), None: "–"}.get(value) or str(value)


def _value(value: Any, context: Context) -> str:
    if value is None or value == [] or value == "":
        return "–"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return and_list([str(one) for one in value], context.language) if isinstance(value, list) else str(value)


def _condition(entity: str, text: str, context: Context) -> str:
    """The field of a condition, without what it was compared with."""
    path = str(text).partition(" ")[0]
    return _("search words") if text == "search" else _field(entity, path.partition(".")[0], context)


def _spec(entity: str) -> EntitySpec | None:
    return registry().entities.get(entity)


def _kind(entity: str, context: Context) -> str:
    spec = _spec(entity)
    return say(spec.declaration.label, context) if spec else entity


def _things(entity: str, context: Context) -> str:
    spec = _spec(entity)
    if spec is None:
        return _("the audit trail") if entity == TRAIL else entity or _("records")
    return say(spec.declaration.label_plural, context)


def _thing(entry: AuditEntry, context: Context, title: str) -> str:
    if entry.record_id is None:
        return _things(entry.entity, context)
    shown = title or encode(entry.record_id)
    return _("%(kind)s “%(title)s”") % {"kind": _kind(entry.entity, context), "title": shown}


def _field(entity: str, name: str, context: Context) -> str:
    spec = _spec(entity)
    kind = spec.fields.get(name) if spec else None
    return say(kind.label, context) if kind else name


def _number(count: int, context: Context) -> str:
    return str(format_decimal(count, locale=context.language))


# -- as a file -------------------------------------------------------------------------------------------------------
HEADERS = ("at", "kind", "person", "person_id", "address", "door", "entity", "record", "change_set", "what", "details")


def row(entry: AuditEntry, context: Context) -> list[str]:
    """One entry as a line of a table, under :data:`HEADERS`."""
    return [
        entry.at.isoformat(timespec="seconds"),
        entry.kind,
        shown_actor(entry.actor_name),
        encode(entry.actor_id) if entry.actor_id is not None else "",
        entry.address,
        entry.door,
        entry.entity,
        encode(entry.record_id) if entry.record_id is not None else "",
        str(entry.set_id or ""),
        sentence(entry, context),
        "; ".join(details(entry, context)),
    ]


def as_json(entry: AuditEntry, context: Context) -> dict[str, Any]:
    """One entry as JSON."""
    texts: Iterable[str | None] = (text or None for text in row(entry, context)[:-1])
    return dict(zip(HEADERS[:-1], texts, strict=True)) | {"data": entry.data}
