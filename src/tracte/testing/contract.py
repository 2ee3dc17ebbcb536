"""The contract every entity keeps: one inherited test class proves what follows from a declaration.

A module's test says ``class TestVisit(EntityContract): entity = "visit"`` and imports ``house``; values are made from
the kinds of the fields, and ``given`` says what kinds cannot know. One small firm is built for a test module and one
set of records for a class; each test's writes are rolled back.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tracte.config.registration import installed_modules
from tracte.engine import board as boards
from tracte.engine import exporting
from tracte.engine.importing import scenario, service
from tracte.engine.importing.opening import open_table
from tracte.kernel.actor import OPERATOR
from tracte.kernel.ids import encode, new_id
from tracte.meta import registry as registries
from tracte.meta.entity import Extend
from tracte.meta.kinds import Text
from tracte.meta.registry import EntitySpec, registry
from tracte.records import door, query
from tracte.testing.actors import PEOPLE, Person, hire, plain, plant
from tracte.testing.factories import RECIPES, Factory, context, form_data, stored

CONTRACTS: dict[str, type["EntityContract"]] = {}
"""The contracts known to this test run, by entity."""

EXTRA = "contract_extra"
MASKABLE = ("text", "email", "phone", "url", "long_text", "rich_text", "money", "integer", "decimal", "percent", "date")
SEE_BOTH = {"admin", "all", "viewer", "masked"}
SEE_MINE = SEE_BOTH | {"own", "team"}
MANY = 60


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Person]]:
    """The people of a small firm in which every entity has one field more, added by another module."""
    before = registries._current  # noqa: SLF001  # the program installs its registry once
    modules = installed_modules()
    entities = [entity() for module in modules for entity in module.entities]
    extends = [extend for module in modules for extend in module.extends]
    field = Text("Extra", search="B")
    extra = [Extend(entity.key, "contract", fields={"extra": field}) for entity in entities]
    registries.install(entities, [*extends, *extra])
    masks = {key: {contract.masked(): "hidden"} for key, contract in CONTRACTS.items() if key in registry()}
    try:
        with django_db_blocker.unblock(), transaction.atomic():
            plant()
            yield hire(masks)
            transaction.set_rollback(True)
    finally:
        registries._current = before  # noqa: SLF001


@pytest.mark.django_db
class EntityContract:
    """What holds for every entity. Subclass it once per entity, outside this file.

    :cvar entity: key of the entity.
    :cvar given: values the kinds cannot know: a value, ``OMIT``, or a function of the record's number.
    :cvar hidden: the field “masked” may not see; by default the first plain one that is not part of the title.
    :cvar single: there is exactly one record of it, made with the home.
    """

    entity: ClassVar[str] = ""
    given: ClassVar[dict[str, Any]] = {}
    hidden: ClassVar[str] = ""
    single: ClassVar[bool] = False

    mine: ClassVar[int]  # a record of “own” of the north
    theirs: ClassVar[int]  # one of “stranger” of the south
    people: ClassVar[dict[str, Person]]
    ready: ClassVar[Factory]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        CONTRACTS[cls.entity] = cls
        RECIPES[cls.entity] = cls.given

    @classmethod
    def masked(cls) -> str:
        """The field hidden from “masked”."""
        spec = registry()[cls.entity]
        return cls.hidden or next(
            name
            for name, kind in spec.stored.items()
            if kind.key in MASKABLE
            and not (kind.required or kind.read_only or kind.cf_key or name in spec.title_fields)
        )

    # -- the world ---------------------------------------------------------------------------------------------------
    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def records(cls, house: dict[str, Person], django_db_blocker: Any) -> Iterator[None]:
        """One record of each of two owners, for all tests of the class."""
        with django_db_blocker.unblock(), transaction.atomic():
            cls.people, cls.ready = house, Factory(house["own"].id)
            if cls.single:
                cls.mine = cls.theirs = query.system_rows(cls.entity).ids()[0]
                values = Factory().values(cls.entity, 1)
                door.update(OPERATOR, cls.entity, cls.mine, values, origin="system", strict=True)
            else:
                cls.ready.variety_of(cls.entity)
                cls.mine = cls.ready.record(cls.entity, 1)
                cls.theirs = Factory(house["stranger"].id).record(cls.entity, 2)
            yield
            transaction.set_rollback(True)

    @property
    def spec(self) -> EntitySpec:
        return registry()[self.entity]

    @property
    def factory(self) -> Factory:
        """Makes records of “own”, which point to those made for the class."""
        return replace(self.ready, made=dict(self.ready.made))

    @property
    def directory(self) -> bool:
        """Whether everybody signed in sees it: settings, and what people share with everybody."""
        return self.spec.declaration.directory or self.spec.declaration.own_things

    @property
    def tried(self) -> Sequence[str]:
        """On whom reading is tried; settings are the same for everybody."""
        return tuple(PEOPLE) if not self.directory else ("admin", "own", "masked", "nobody")

    @property
    def writer(self) -> Person:
        """Who may change the record: its owner; an administrator for settings."""
        return self.people["admin" if self.spec.declaration.admin_only else "own"]

    def page(self, record_id: int | None = None) -> str:
        return f"/{self.spec.plural}/{encode(self.mine if record_id is None else record_id)}/"

    def path(self, record_id: int | None = None) -> str:
        return f"{self.spec.plural}/{encode(self.mine if record_id is None else record_id)}"

    def sees(self, name: str, record_id: int | None = None) -> bool:
        """Whether somebody should see the record."""
        if self.directory:
            return True
        if record_id == self.theirs:
            return name in SEE_BOTH | {"stranger"}
        return name in SEE_MINE

    # -- reading -----------------------------------------------------------------------------------------------------
    def test_each_person_lists_what_is_in_reach(self, subtests: pytest.Subtests) -> None:
        titles = query.titles(self.entity, [self.mine, self.theirs], OPERATOR)
        both = {encode(pk): escape(known.title) for pk, known in titles.items()}
        for name in self.tried:
            with subtests.test(who=name):
                expected = {encode(one) for one in (self.mine, self.theirs) if self.sees(name, one)}
                listed = self.people[name].api("GET", f"{self.spec.plural}?limit=200&count=true")
                shown = self.people[name].pages.get(f"/{self.spec.plural}/?view=&limit=200")
                if name == "nobody" and not self.directory:
                    assert (listed.status_code, shown.status_code) == (404, 404)
                    continue
                assert (listed.status_code, shown.status_code) == (200, 200)
                answer = listed.json()  # type: ignore[attr-defined]
                assert {row["id"] for row in answer["data"]} & both.keys() == expected
                assert answer["count"] == len(answer["data"])
                text = shown.content.decode()
                assert {one for one, title in both.items() if one in text or title in text} == expected

    def test_each_person_opens_what_is_in_reach_and_nothing_else(self, subtests: pytest.Subtests) -> None:
        missing = new_id()
        below = ["", "edit/", "delete/", "timeline/", f"field/{next(iter(self.spec.fields))}/"]
        for name in self.tried:
            with subtests.test(who=name):
                person = self.people[name]
                seen = self.sees(name)
                assert (person.pages.get(self.page()).status_code == 200) == seen
                assert (person.api("GET", self.path()).status_code == 200) == seen
                for word in [] if seen else below:
                    answers = [
                        plain(person.pages.get(self.page(one) + word), encode(one)) for one in (self.mine, missing)
                    ]
                    assert answers[0] == answers[1]
                    assert answers[0][0] == 404
                for word in [] if seen else ["", "/timeline"]:
                    answers = [plain(person.api("GET", self.path(one) + word)) for one in (self.mine, missing)]
                    assert answers[0] == answers[1]

    def test_a_hidden_field_is_nowhere(self) -> None:
        name = self.masked()
        kind, masked = self.spec.fields[name], self.people["masked"]
        value = stored(self.entity, self.mine)[name]
        assert value is not None, f"{self.entity}.{name} is empty: nothing would be proved"
        shown = masked.api("GET", self.path()).json()  # type: ignore[attr-defined]
        assert name not in shown
        assert self.people["admin"].api("GET", self.path()).json()[name] is not None  # type: ignore[attr-defined]
        for asked in ("sort={}", "fields={}", "{}__empty=true", 'filter=["{}","empty"]'):
            if (kind.sortable or "sort" not in asked) and ("empty" in kind.operators or "empty" not in asked):
                answer = self.people["admin"].api("GET", f"{self.spec.plural}?{asked.format(name)}")
                assert answer.status_code == 200, (asked, answer.content)
            hidden = plain(masked.api("GET", f"{self.spec.plural}?{asked.format(name)}"), name)
            assert hidden == plain(masked.api("GET", f"{self.spec.plural}?{asked.format('zzz')}"), "zzz")
            assert hidden[0] == 400
        if kind.key in ("text", "email", "phone", "url", "long_text") and name not in self.given:
            told = str(kind.to_json(value)).splitlines()[0]
            for address in (
                f"/{self.spec.plural}/?view=",
                self.page(),
                f"{self.page()}edit/",
                f"{self.page()}?show=changes",
            ):
                assert told not in masked.pages.get(address).content.decode(), address
            assert encode(self.mine) not in masked.pages.get(f"/search?q={told}").content.decode()

    # -- writing -----------------------------------------------------------------------------------------------------
    def new_values(self, n: int) -> dict[str, Any]:
        """Values for one record more, for whoever writes."""
        return self.factory.values(self.entity, n)

    def test_a_form_creates_what_was_typed(self) -> None:
        if self.single:
            return
        values = self.new_values(7)
        page = self.writer.pages.get(f"/{self.spec.plural}/new/")
        assert page.status_code == 200
        typed = {name: value for name, value in values.items() if name not in ("owner", "team")}
        data = form_data(self.spec, typed, self.writer.actor)
        before = set(query.system_rows(self.entity).ids())
        answer = self.writer.pages.post(f"/{self.spec.plural}/new/", data)
        if answer.status_code == 422:  # a likely duplicate is asked about once
            accept = re.search(r'name="accept" value="([^"]+)"', answer.content.decode())
            assert accept, re.findall(r'class="[^"]*error[^"]*"[^<]*>(?:<[^>]+>)*([^<]+)', answer.content.decode())
            answer = self.writer.pages.post(f"/{self.spec.plural}/new/", data | {"accept": accept[1]})
        assert answer.status_code == 302
        (made,) = set(query.system_rows(self.entity).ids()) - before
        kept = stored(self.entity, made)
        offered = {name for group in self.spec.declaration.form.groups for name in group.fields} | {EXTRA}
        for name in offered & values.keys() - {"owner", "team"}:
            kind = self.spec.fields[name]
            assert kind.to_json(kept[name]) == kind.to_json(kind.parse(values[name], context())), name

    def test_the_api_creates_reads_changes_deletes_and_restores(self) -> None:
        writer, values = self.writer, self.new_values(8)
        if self.single:
            assert writer.api("POST", self.spec.plural, values).status_code == 422
            return
        made = writer.api("POST", self.spec.plural, values)
        assert made.status_code == 201, made.content
        found = made.json()  # type: ignore[attr-defined]
        path = f"{self.spec.plural}/{found['id']}"
        for name, value in values.items():
            kind = self.spec.fields[name]
            if not getattr(kind, "to", None):
                assert found[name] == kind.to_json(kind.parse(value, context())), name
        name, value = self.change()
        stale = writer.api("PATCH", path, {name: value}, **{"If-Match": '"7"'})
        assert stale.status_code == 412
        changed = writer.api("PATCH", path, {name: value}, **{"If-Match": '"1"'})
        assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
        assert writer.api("DELETE", path).status_code in (200, 204)
        assert writer.api("GET", path).status_code == 404
        assert writer.api("POST", f"{path}/restore").status_code == 200
        assert writer.api("GET", path).json()[name] == changed.json()[name]  # type: ignore[attr-defined]

    def change(self, n: int = 501) -> tuple[str, Any]:
        """A field and another value for it."""
        return EXTRA, f"Changed {n}"

    def test_nobody_writes_beyond_their_rights(self, subtests: pytest.Subtests) -> None:
        name, value = self.change()
        missing = new_id()
        for who in ("stranger", "viewer", "nobody") if not self.directory else ("stranger", "nobody"):
            person = self.people[who]
            with subtests.test(who=who):
                code = 403 if self.sees(who) else 404
                before = stored(self.entity, self.mine)
                data, told = {name: value, "version": "1"}, []
                for number, answer in enumerate(self.attempts(person, self.mine, data)):
                    # A field that cannot be edited in place has no address of its own, whoever asks.
                    assert answer.status_code == code or (number == 5 and answer.status_code == 404), number
                    told.append(plain(answer, encode(self.mine)))
                if code == 404:
                    assert told == [plain(one, encode(missing)) for one in self.attempts(person, missing, data)]
                assert stored(self.entity, self.mine) == before

    def attempts(self, person: Person, record_id: int, data: dict[str, Any]) -> list[Any]:
        """Answers to every way of writing to one record."""
        values = {name: value for name, value in data.items() if name != "version"}
        page, bulk = self.page(record_id), f"{self.spec.plural}/bulk"
        return [
            person.api("PATCH", self.path(record_id), values),
            person.api("DELETE", self.path(record_id)),
            person.api("POST", bulk, {"ids": [encode(record_id)], "set": values}),
            person.pages.post(f"{page}edit/", data),
            person.pages.post(f"{page}delete/"),
            person.pages.post(f"{page}field/{next(iter(values))}/", data),
        ]

    def test_an_edit_is_saved_told_and_refused_when_stale(self) -> None:
        name, value = self.change()
        writer, kept = self.writer, stored(self.entity, self.mine)
        version, before = kept["version"], kept[name]
        assert writer.pages.get(f"{self.page()}edit/").status_code == 200
        saved = writer.pages.post(f"{self.page()}edit/", {name: value, "version": version})
        assert saved.status_code == 302
        assert stored(self.entity, self.mine)[name] == value
        other = writer.pages.post(f"{self.page()}edit/", {name: "Somebody else's", "version": version})
        assert other.status_code == 409
        assert stored(self.entity, self.mine)[name] == value
        told = writer.api("GET", f"{self.path()}/timeline").content.decode()
        assert value in told
        page = writer.pages.get(f"{self.page()}?show=changes").content.decode()
        assert value in page
        changed = re.search(r"/changes/[0-9]+/", writer.pages.get("/changes/").content.decode())
        assert changed
        assert value in writer.pages.get(changed[0]).content.decode()
        assert self.people["stranger"].pages.get(changed[0]).status_code == 404
        assert writer.pages.post(f"{changed[0]}undo").status_code == 302
        assert stored(self.entity, self.mine)[name] == before

    def test_a_deleted_record_is_in_the_bin_and_comes_back(self) -> None:
        if self.single:
            return
        pk = self.factory.record(self.entity, 11)
        assert self.writer.pages.get(f"{self.page(pk)}delete/").status_code == 200
        assert self.writer.pages.post(f"{self.page(pk)}delete/").status_code == 302
        assert self.writer.pages.get(self.page(pk)).status_code == 404
        assert encode(pk) in self.writer.pages.get(f"/{self.spec.plural}/bin/").content.decode()
        back = self.writer.pages.post(f"/{self.spec.plural}/bin/restore/", {"id": encode(pk)})
        assert back.status_code == 302
        assert stored(self.entity, pk)["id"] == pk

    def test_many_are_assigned_and_deleted_at_once_or_not_at_all(self) -> None:
        if self.single:
            return
        ids = self.factory.records(self.entity, range(20, 23))
        writer, address = self.writer, f"/{self.spec.plural}/bulk"
        chosen = [encode(one) for one in ids]
        if not self.spec.declaration.parent:
            owner = encode(self.people["own"].id)
            assigned: Any = writer.pages.post(address, {"action": "assign", "ids": chosen, "owner": owner})
            assert assigned.status_code == 302
            assert {stored(self.entity, one)["owner"] for one in ids} == {self.people["own"].id}
        name, value = self.change()
        done = writer.api("POST", f"{self.spec.plural}/bulk", {"ids": chosen, "set": {name: value}})
        assert (done.status_code, done.json()["updated"]) == (200, 3)  # type: ignore[attr-defined]
        if not self.directory:
            mixed = [*chosen, encode(self.theirs)]
            for action in ("delete", "assign"):
                refused = writer.pages.post(address, {"action": action, "ids": mixed, "owner": ""})
                assert refused.status_code == 404
            denied = writer.api("POST", f"{self.spec.plural}/bulk", {"ids": mixed, "set": {name: "no"}})
            assert denied.status_code == 404
            assert {stored(self.entity, one)[name] for one in ids} == {value}
        assert writer.pages.post(address, {"action": "delete", "ids": chosen}).status_code == 302
        assert not set(ids) & set(query.system_rows(self.entity).ids())

    # -- what follows from a declaration -----------------------------------------------------------------------------
    def test_an_export_comes_back_by_import_as_it_was(self, tmp_path: Path, settings: Any) -> None:
        settings.TRACTE_HOME = tmp_path / "home"
        first, second = tmp_path / "first.csv", tmp_path / "second.csv"
        exporting.to_file(exporting.export(self.entity, OPERATOR), first)
        headers = [name for name in open_table(first).headers if name not in ("id", "external_id")]
        assert EXTRA in headers
        keys = [name for name in self.spec.declaration.importing.match_on if name in headers]
        matching = self.directory and bool(keys or self.single)
        if not matching:
            door.delete(OPERATOR, self.entity, query.system_rows(self.entity).ids(), origin="system")
        columns = "".join(f'{name} = {{ to = "{name}", strip = false }}\n' for name in headers)
        match = f'[file.match]\nkeys = ["{(keys or list(self.spec.title_fields))[0]}"]\n' if matching else ""
        plan = scenario.parse(
            f'format = 1\nname = "Back"\n[[file]]\npath = "first.csv"\nentity = "{self.entity}"\n'
            f'ignore = ["id", "external_id"]\n{match}[file.columns]\n{columns}'
        )
        done = service.run(plan, tmp_path, OPERATOR)
        assert done.problems == 0, done.report.read_text()
        assert done.counts["unchanged" if matching else "created"] == len(list(open_table(first).rows()))
        exporting.to_file(exporting.export(self.entity, OPERATOR), second)
        rows = [sorted(tuple(row.cells[1:]) for row in open_table(path).rows()) for path in (first, second)]
        assert rows[0] == rows[1]

    def test_search_finds_it_within_reach(self, subtests: pytest.Subtests) -> None:
        if not self.spec.declaration.searchable:
            return
        word = stored(self.entity, self.mine)[EXTRA]
        for name in self.tried:
            with subtests.test(who=name):
                person = self.people[name]
                hits = person.api("GET", f"search?q={word}").json()["data"]  # type: ignore[attr-defined]
                expected = self.sees(name)
                assert (encode(self.mine) in {hit["id"] for hit in hits}) == expected
                page = person.pages.get(f"/search?q={word}").content.decode()
                assert (f"{self.page()}" in page) == expected
                picked = person.pages.get(f"/pick/{self.entity}?q={word}").content.decode()
                assert (encode(self.mine) in picked) == (expected and not self.directory)

    def test_the_board_shows_and_moves_its_card(self) -> None:
        board = self.spec.declaration.board
        if board is None:
            return
        for name in self.tried:
            answer = self.people[name].pages.get(f"/{self.spec.plural}/board?view=")
            assert answer.status_code == (404 if name == "nobody" else 200)
            assert (encode(self.mine) in answer.content.decode()) == self.sees(name)
        rows = query.rows(self.entity, self.writer.actor)
        values = stored(self.entity, self.mine)
        targets = [one for one in boards.columns_of(rows, board) if one.value not in (values[board.by], None)]
        address = f"/{self.spec.plural}/{encode(self.mine)}/move"
        for target in targets:
            moved = self.writer.pages.post(address, {"stage": target.key, "version": values["version"]})
            assert moved.status_code in (302, 422)  # a column may ask for more first
            if moved.status_code == 302:
                break
        assert stored(self.entity, self.mine)[board.by] == target.value
        stale = self.writer.pages.post(address, {"stage": targets[-1].key, "version": values["version"]})
        assert stale.status_code == 409
        assert self.people["stranger"].pages.post(address, {"stage": targets[-1].key}).status_code == 404
        assert self.people["viewer"].pages.post(address, {"stage": targets[-1].key}).status_code == 403

    def test_the_number_of_queries_does_not_grow_with_the_rows(self) -> None:
        if self.single:
            return
        plural = self.spec.plural
        person = self.people["admin" if self.directory else "team"]
        asked = {
            "list": lambda: person.pages.get(f"/{plural}/?view=&limit=100"),
            "api": lambda: person.api("GET", f"{plural}?limit=100"),
            "export": lambda: list(exporting.export(self.entity, person.actor).csv_text()),
        }
        if self.spec.declaration.board:
            asked["board"] = lambda: person.pages.get(f"/{plural}/board?view=")
        few = {name: self.counted(ask) for name, ask in asked.items()}
        self.factory.records(self.entity, range(40, 40 + MANY))
        many = {name: self.counted(ask) for name, ask in asked.items()}
        assert many == few

    @staticmethod
    def counted(ask: Any) -> int:
        """Queries of the second asking: the first may fill what is kept in memory."""
        ask()
        with CaptureQueriesContext(connection) as queries:
            ask()
        return len([one for one in queries if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))])
