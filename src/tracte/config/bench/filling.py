"""The data of a bench: one firm of up to 200 sellers in 40 teams with N contacts, made the same way every time."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction

from tracte.config.bench.floor.table import Bare
from tracte.engine import reindexing
from tracte.kernel.actor import OPERATOR
from tracte.records import door
from tracte.records import snapshot as snapshots

CHUNK = 2000
LEADS = 400  # each conversion takes one away
FIRST = [
    "Anna",
    "Berta",
    "Carles",
    "Dolors",
    "Ernest",
    "Francesca",
    "Gerard",
    "Helena",
    "Ignasi",
    "Joana",
    "Karim",
    "Laia",
    "Marc",
    "Núria",
    "Oriol",
    "Pere",
    "Queralt",
]
LAST = [
    "Abelló",
    "Bosch",
    "Casals",
    "Domènech",
    "Esteve",
    "Ferrer",
    "Garriga",
    "Huguet",
    "Ionescu",
    "Jové",
    "Kovács",
    "Lundberg",
    "Müller",
    "Nagy",
    "Oliveira",
]
CITIES = [f"{name} {number}" for name in ("Girona", "Lleida", "Reus", "Vic") for number in range(50)]
TITLES = ("Buyer", "Plant manager", "Director", "Engineer", "Accountant")


@dataclass(frozen=True, slots=True)
class Filled:
    """What the bench needs to know of the data: whom it plays, and how fast the door let the rows in.

    :param seller: whose pages are measured. :param scoped: a colleague with finer rights.
    :param manager: who changes everybody's records at once.
    """

    seller: int
    scoped: int
    manager: int
    contact_rows_per_s: float
    rows: int


def fill(records: int, say: Callable[[str], None]) -> Filled:
    """N contacts, N/5 accounts, N/5 opportunities, 2 N notes, and a few leads of the seller the bench plays.

    :param say: told what comes next, for a person who waits.
    """
    if connection.vendor == "sqlite":  # as the importer does: fewer, larger checkpoints
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_autocheckpoint=20000")
    sellers = min(200, max(10, records // 50))
    chance = random.Random(20261121)  # noqa: S311  # the same data every time
    teams = [door.create(OPERATOR, "team", {"name": f"Team {n}"}, origin="system").id for n in range(sellers // 5)]
    users = _users(teams, sellers, "seller")
    seller, manager = users[len(users) // 10], _users(teams[:1], 1, "manager")[0]
    weights = [1 / (1 + at) ** 0.5 for at in range(len(users))]

    def owner() -> int:
        return chance.choices(users, weights)[0]

    accounts = _load(
        "account", ({"name": f"{chance.choice(LAST)} {n} SL", "owner": owner()} for n in range(records // 5))
    )[0]
    contacts, rate = _load("contact", _contacts(records, accounts, owner, chance))
    _load("opportunity", _opportunities(records // 5, accounts, owner, chance))
    _load("note", _notes(records * 2, contacts, owner, chance))
    _load("lead", _leads(seller))
    _copy_floor()
    cache.clear()
    return Filled(
        seller, with_finer_rights(seller), manager, rate, len(accounts) + len(contacts) + records // 5 + records * 2
    )


def _users(teams: list[int], count: int, kind: str) -> list[int]:
    stored = snapshots.current().rows["role"]
    role = next(pk for pk, values in stored.items() if values["key"] == kind)
    writer = door.begin(OPERATOR, "system", "People of the bench")
    ops = [
        door.Op(
            {
                "name": f"{kind.title()} {n}",
                "email": f"{kind}{n}@example.org",
                "teams": (teams[n % len(teams)],),
                "roles": (role,),
            },
            canonical=True,
        )
        for n in range(count)
    ]
    made = [result.id or 0 for result in writer.write("user", "create", ops)]
    writer.finish()
    return made


def with_finer_rights(colleague: int) -> int:
    """Somebody of the same team, with two sharing rules and three hidden fields."""
    held = snapshots.current().members[colleague]
    rights = snapshots.current().rows["role"][held.roles[0]]["grants"]
    masks = {"contact": dict.fromkeys(("language", "description", "department"), "hidden")}
    role = door.create(
        OPERATOR, "role", {"name": "Scoped", "grants": rights, "masks": masks}, origin="system", canonical=True
    ).id
    values = {"name": "Scoped", "email": "scoped@example.org", "teams": held.teams[:1], "roles": (role,)}
    made = door.create(OPERATOR, "user", values, origin="system", canonical=True).id
    for name, condition in {"city": ["address.city", "eq", CITIES[3]], "title": ["job_title", "eq", TITLES[2]]}.items():
        rule = {"name": name, "kind": "contact", "condition": {"all": [condition]}, "how": "view", "people": (made,)}
        door.create(OPERATOR, "sharing_rule", rule, origin="system", canonical=True)
    return made


def _contacts(count: int, accounts: list[int], owner: Any, chance: random.Random) -> Iterator[dict[str, Any]]:
    for n in range(count):
        first, last = chance.choice(FIRST), chance.choice(LAST)
        yield {
            "first_name": first,
            "last_name": f"{last} {n % 997}",
            "email": f"{first}.{n}@firm{n % 5000}.example.org".lower(),
            "mobile": f"+346{n:08d}",
            "job_title": chance.choice(TITLES),
            "account": chance.choice(accounts),
            "address": {"city": chance.choice(CITIES), "country": "ES"},
            "owner": owner(),
        }


def _opportunities(count: int, accounts: list[int], owner: Any, chance: random.Random) -> Iterator[dict[str, Any]]:
    rows = snapshots.current().rows
    ours = {pk for pk, row in rows["pipeline"].items() if row["entity"] == "opportunity"}
    stages = [pk for pk, row in rows["stage"].items() if row["kind"] == "open" and row["pipeline"] in ours]
    for n in range(count):
        yield {
            "name": f"Deal {n}",
            "account": chance.choice(accounts),
            "stage": chance.choice(stages),
            "amount": f"{chance.randint(1, 900) * 100}.00",
            "closes_on": f"2027-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
            "owner": owner(),
        }


def _notes(count: int, contacts: list[int], owner: Any, chance: random.Random) -> Iterator[dict[str, Any]]:
    for n in range(count):
        yield {"body": f"<p>Talked about delivery {n}.</p>", "about": [chance.choice(contacts)], "owner": owner()}


def _leads(seller: int) -> Iterator[dict[str, Any]]:
    for n in range(LEADS):
        yield {
            "first_name": FIRST[n % len(FIRST)],
            "last_name": f"Lead {n}",
            "company": f"Prospect {n} SL",
            "email": f"lead.{n}@prospect{n}.example.org",
            "interest": "A first delivery",
            "owner": seller,
        }


def _load(entity: str, rows: Iterator[dict[str, Any]]) -> tuple[list[int], float]:
    """Rows through the bulk door with everything on but search text, which follows; ids, and rows a second."""
    writer = door.begin(OPERATOR, "import", f"Bench {entity}", lenient=True, defer_search=True)
    ids: list[int] = []
    spent = 0.0
    chunk: list[door.Op] = []
    for values in rows:
        chunk.append(door.Op(values))
        if len(chunk) == CHUNK:
            spent += _write(writer, entity, chunk, ids)
            chunk = []
    if chunk:
        spent += _write(writer, entity, chunk, ids)
    writer.finish()
    return ids, len(ids) / max(spent, 1e-9)


def _write(writer: door.Writer, entity: str, chunk: list[door.Op], ids: list[int]) -> float:
    started = time.perf_counter()
    results = writer.write(entity, "create", chunk)
    spent = time.perf_counter() - started
    refused = [result for result in results if result.verdict != "created"]
    if refused:
        raise RuntimeError(f"bench data refused: {refused[0].problems}")
    ids.extend(result.id or 0 for result in results)
    return spent


def write_search_text() -> None:
    """The search text of what was loaded, as the background worker writes it."""
    while True:
        with transaction.atomic():
            if not reindexing.write_next():
                return


def settle() -> None:
    """Bring the databases' statistics up to date, as they are in an installation that has run for a day."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE")
        else:
            cursor.execute("ANALYZE")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def drop_everything() -> None:
    """Take away every table and function the bench made in a PostgreSQL database that was empty."""
    owned = (
        "SELECT format('DROP TABLE IF EXISTS %s CASCADE', oid::regclass) FROM pg_class "
        "WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' UNION ALL "
        "SELECT format('DROP FUNCTION IF EXISTS %s CASCADE', oid::regprocedure) FROM pg_proc p "
        "WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS "
        "(SELECT 1 FROM pg_depend WHERE objid = p.oid AND deptype = 'e')"
    )
    with connection.cursor() as cursor:
        cursor.execute(owned)
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)


def _copy_floor() -> None:
    """The floor's table: the same rows, copied, with a bare list's index."""
    with connection.schema_editor() as editor:
        editor.create_model(Bare)
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in Bare._meta.concrete_fields)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO floor_contact ({columns}) SELECT {columns} FROM contact")  # noqa: S608
