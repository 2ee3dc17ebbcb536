"""`tracte explain ENTITY [--record ID --user U]`: what an entity is made of, and who may do what to a record."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management import BaseCommand, CommandError

from tracte.engine.access import access_of
from tracte.kernel.actor import VERBS, Actor
from tracte.kernel.ids import decode, encode
from tracte.meta.entity import Entity
from tracte.meta.registry import EntitySpec, registry
from tracte.records import query
from tracte.records import snapshot as snapshots
from tracte.records.explaining import asked
from tracte.records.management.acting import USAGE, user_named


class Command(BaseCommand):
    """Reads only."""

    help = "Show an entity's fields, rules and actions; with --record and --user, who may do what to it and why."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which entity, and whose rights on which record."""
        parser.add_argument("entity", metavar="ENTITY", help="key or plural, such as contact")
        parser.add_argument("--record", metavar="ID")
        parser.add_argument("--user", metavar="EMAIL")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print, section by section."""
        name = options["entity"]
        spec = registry().by_plural.get(name) or registry().entities.get(name)
        if spec is None:
            known = ", ".join(sorted(registry().entities))
            raise CommandError(f"there is no entity {name!r}; there are {known}.", returncode=USAGE)
        actor = None
        if options["user"]:
            actor = snapshots.current().actor(user_named(options["user"]).pk)
        for line in [*_entity(spec), *(_rights(spec, actor) if actor else ())]:
            self.stdout.write(line)
        if options["record"]:
            if actor is None:
                raise CommandError("--record needs --user: whose rights?", returncode=USAGE)
            for line in _record(spec, options["record"], actor):
                self.stdout.write(line)


def _entity(spec: EntitySpec) -> Iterator[str]:
    declared = spec.declaration
    yield f"{spec.key} ({spec.plural}): {declared.label}"
    yield f"  table {spec.table}, title {declared.title!r}, declared in {type(declared).__module__}"
    if declared.parent:
        yield f"  rights come from its {declared.parent}"
    yield "fields"
    for name, kind in spec.fields.items():
        target = getattr(kind, "to", None)
        to = f" → {target}" if target else ""
        marks = [word for word in ("required", "unique", "read_only", "private") if getattr(kind, word)]
        marks += [f"search {kind.search}"] if kind.search else []
        marks += ["in cf"] if kind.cf_key else []
        yield f"  {name:<20} {kind.key}{to}{'  ' + ', '.join(marks) if marks else ''}"
    yield "rules, in the order they run"
    for step in ("derive", "check", "after"):
        for hook in spec.hooks:
            found = getattr(hook, step)
            own = getattr(type(hook), step, None) is not getattr(Entity, step) if isinstance(hook, Entity) else found
            if own:
                yield f"  {step:<7} {found.__module__}.{found.__qualname__}"
    if spec.actions:
        yield "actions"
        for action in spec.actions.values():
            yield f"  {action.key:<20} needs {action.verb}{', asks ' + ', '.join(action.asks) if action.asks else ''}"
    if spec.collections:
        yield "pointed to by"
        for name, collection in spec.collections.items():
            yield f"  {name:<20} {collection.entity}.{collection.field}"


def _rights(spec: EntitySpec, actor: Actor) -> Iterator[str]:
    yield f"rights of {actor.name}{' (administrator)' if actor.admin else ''}"
    for verb in VERBS:
        yield f"  {verb:<10} {query.reach(spec, actor, verb).name.lower()}"
    for (entity, name), how in sorted(actor.masks.items()):
        if entity == spec.key:
            yield f"  field {name}: {how}"


def _record(spec: EntitySpec, record: str, actor: Actor) -> Iterator[str]:
    try:
        pk = decode(record)
    except ValueError:
        raise CommandError(f"{record!r} is not the id of a record.", returncode=USAGE) from None
    found = asked(spec, pk)
    yield f"record {encode(pk)}"
    if found is None:
        yield f"  is not there (there never was such a {spec.key})"
        return
    people, teams = snapshots.current().directory["user"], snapshots.current().directory["team"]
    owner, team = people.get(found.values["owner"] or 0), teams.get(found.values["team"] or 0)
    yield f"  owner {owner.title if owner else 'nobody'}, team {team.title if team else 'none'}"
    if found.gone:
        yield "  is in the bin"
    for line in access_of(found, actor, snapshots.current().context(actor)).lines:
        yield f"  {line.verb:<7} {'yes' if line.allowed else 'no'}: {line.why}"
