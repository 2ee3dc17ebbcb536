"""Exports people ask for in the pages: written by a task into the home, fetched once they are ready.

Only who asked may fetch one, and the rows are those in that person's reach when it is written.
"""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from tracte.engine import exporting, listing
from tracte.engine.exporting import Export
from tracte.kernel import clock
from tracte.kernel.actor import Actor
from tracte.kernel.ids import decode, encode, new_id
from tracte.kernel.problems import Forbidden, NotFound, Problem, Rejected
from tracte.meta.registry import registry
from tracte.records import audit
from tracte.records import snapshot as snapshots
from tracte.records.audit import Place, What
from tracte.records.tasks import api as tasks
from tracte.records.tasks.api import TaskContext

JOB = "exports.write"
KEPT = timedelta(days=7)
LISTED = 20
FILE = "export.json"


@dataclass
class Download:
    """One export somebody asked for.

    :param state: what the address of a list says (view, filters, search words); empty for all rows in reach.
    :param form: ``csv``, ``xlsx`` or ``json``. :param address: of the network, from where it was asked for.
    """

    id: int
    actor_id: int
    entity: str
    form: str
    begun_at: datetime
    state: Mapping[str, Sequence[str]] = field(default_factory=dict)
    task: int | None = None
    address: str = ""

    @property
    def folder(self) -> Path:
        return downloads_folder() / encode(self.id)

    @property
    def name(self) -> str:
        """What the file is called: ``accounts-2026-11-21.csv``."""
        return f"{registry()[self.entity].plural}-{self.begun_at.date().isoformat()}.{self.form}"

    @property
    def path(self) -> Path:
        return self.folder / f"data.{self.form}"

    def save(self) -> None:
        """Keep it, complete or not at all."""
        partial = self.folder / f".{FILE}"
        values = {
            "actor": self.actor_id,
            "entity": self.entity,
            "form": self.form,
            "begun_at": self.begun_at.isoformat(),
            "state": dict(self.state),
            "task": self.task,
            "address": self.address,
        }
        partial.write_text(json.dumps(values), "utf-8")
        partial.replace(self.folder / FILE)


def downloads_folder() -> Path:
    """Where exports lie in the home; nobody else may look."""
    path = Path(settings.TRACTE_HOME) / "exports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def begin(actor: Actor, entity: str, form: str, state: Mapping[str, Sequence[str]] | None = None) -> Download:
    """Queue an export.

    :raises NotFound, Forbidden: no right; :raises Rejected: an unknown format, or a condition that cannot be read.
    """
    if actor.user_id is None:
        raise NotFound("export")
    if form not in exporting.FORMATS:
        raise Rejected([Problem("format", "bad_parameter", {"name": "format"})], status=400)
    made = Download(new_id(), actor.user_id, entity, form, clock.now(), state or {}, address=audit.place().address)
    narrowed(made, actor)
    made.folder.mkdir(mode=0o700)
    with transaction.atomic():
        made.task = tasks.enqueue(JOB, {"download": made.id}, actor_id=actor.user_id)
        made.save()
    return made


def narrowed(download: Download, actor: Actor) -> Export:
    """The rows and columns of an export.

    :raises NotFound, Forbidden: no right; :raises Rejected: a filter that cannot be read.
    """
    found = exporting.export(download.entity, actor)
    if not download.state:
        return found
    return exporting.narrowed(found, listing.read_state(found.rows, download.state))


def write(download: Download, ctx: TaskContext) -> Mapping[str, Any]:
    """Write the file with the rights its owner has now."""
    with snapshots.held():
        actor = snapshots.current().actor(download.actor_id)
    try:
        found = narrowed(download, actor)
        total = found.rows.count(exporting.MAX_SHEET_ROWS)[0]
        ctx.progress(0, total)
        exporting.to_file(found, download.path, download.form, Place("ui", download.address))
    except (NotFound, Forbidden, Rejected):
        return {"failed": Problem(None, "no_right").message}
    except exporting.TooManyRows:
        return {"failed": Problem(None, "too_many_rows").message}
    ctx.progress(total, total)
    return {"rows": total}


def find(text: str, actor: Actor) -> Download:
    """:raises NotFound: when there is no such export, or it is somebody else's."""
    try:
        found = load(decode(text))
    except ValueError:
        raise NotFound("export") from None
    if found is None or found.actor_id != actor.user_id:
        raise NotFound("export")
    return found


def tell_fetched(actor: Actor, entity: str, name: str) -> None:
    """Note in the audit trail that the file of an export leaves the house."""
    audit.note(What.FETCHED, actor, entity=entity, name=name)


def load(number: int) -> Download | None:
    """An export by its number."""
    try:
        raw = json.loads((downloads_folder() / encode(number) / FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    begun = datetime.fromisoformat(raw["begun_at"])
    return Download(
        number, raw["actor"], raw["entity"], raw["form"], begun, raw["state"], raw["task"], raw.get("address", "")
    )


def _all() -> Iterator[Download]:
    for path in sorted(downloads_folder().iterdir(), reverse=True):
        with suppress(ValueError, KeyError, TypeError):
            found = load(decode(path.name))
            if found is not None and found.entity in registry():
                yield found


def of(actor: Actor, limit: int = LISTED) -> list[Download]:
    """The actor's exports, the newest first."""
    mine = [one for one in _all() if one.actor_id == actor.user_id]
    return mine[:limit]


def throw_away_old() -> int:
    """Remove exports that are older than they are kept; returns how many."""
    old = [one for one in _all() if clock.now() - one.begun_at > KEPT]
    for one in old:
        shutil.rmtree(one.folder, ignore_errors=True)
    return len(old)
