"""The filter builder: what it shows of a list's conditions, its steps, and what comes of them."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.modules.conftest import Make
from tests.web.listing.conftest import signed_in
from tests.web.listing.test_lists import text_of

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import door, query
from tracte.records.people import Role

pytestmark = pytest.mark.django_db


def filter_of(address: str) -> Any:
    """The conditions in a list's address."""
    return json.loads(parse_qs(urlsplit(address).query)["filter"][0])


def lines(*pairs: tuple[str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A form as a browser sends it: ``("r-0", {"p": "name", "o": "contains", "v": ["x"]})``."""
    sent: dict[str, Any] = {"node": [node for node, _given in pairs], **more}
    for node, given in pairs:
        for key, value in given.items():
            name, _sep, rest = key.partition("_")
            sent[f"{name}:{node}" + (f"_{rest}" if rest else "")] = value
    return sent


ANY_OF = lines(
    ("r-0", {"w": "any"}),
    ("r-0-0", {"p": "account.industry", "o": "in", "v": ["fmcg", "food"]}),
    ("r-0-1", {"p": "amount", "o": "gt", "v": "10000", "v_currency": "EUR"}),
    ("r-1", {"p": "notes", "o": "none", "w": "all"}),
    ("r-1-0", {"p": "created_at", "o": "last", "v": "14", "v_currency": "days"}),
)
WRITTEN = {
    "all": [
        {"any": [["account.industry", "in", ["fmcg", "food"]], ["amount", "gt", "10000.00 EUR"]]},
        ["notes", "none", {"all": [["created_at", "within", "last_14_days"]]}],
    ]
}


@pytest.fixture
def industries(make: Make) -> None:
    known = query.rows("account", OPERATOR).context.lists["industry"]
    for key in ("fmcg", "food"):
        if key not in known:
            make("value_item", list="industry", key=key, label=key.upper(), position=900)


class TestApplying:
    def test_what_was_built_becomes_the_address_of_the_list(self, manager: Actor, industries: None) -> None:
        client = signed_in(manager)
        done = client.post("/opportunities/filter", ANY_OF | {"do": "apply", "state": "?view=&sort=-amount&limit=20"})
        assert done.status_code == 302
        assert filter_of(done.url) == WRITTEN
        assert {"sort": ["-amount"], "limit": ["20"]}.items() <= parse_qs(urlsplit(done.url).query).items()
        page = client.get(done.url)
        words = text_of(page)
        assert "Any of: account: industry is" in words
        assert "Has no notes in the last 14 days" in words
        assert re.search(r'data-dialog="/opportunities/filter\?', page.content.decode())

    def test_opened_again_it_shows_what_was_built(self, manager: Actor, industries: None) -> None:
        client = signed_in(manager)
        page = client.get("/opportunities/filter", {"view": "", "filter": json.dumps(WRITTEN)}).content.decode()
        for part in (
            'name="w:r-0"',
            'value="account.industry"',
            'value="10000.00"',
            'name="v:r-1-0" id="v-r-1-0" value="14"',
        ):
            assert part in page
        assert re.search(r'<option value="any" selected>', page)

    def test_a_view_that_stays_whole_stays_the_view(self, manager: Actor) -> None:
        client = signed_in(manager)
        opened = client.get("/opportunities/filter?view=mine").content.decode()
        assert "Owner" in opened
        nodes = re.findall(r'name="node" value="([^"]+)"', opened)
        assert nodes == ["r-0", "r-1"]
        own = {"p": "owner", "o": "in", "v": "me"}
        still_open = {"p": "stage.kind", "o": "in", "v": "open"}
        more = {"p": "name", "o": "contains", "v": "oven"}
        state = {"do": "apply", "state": "?view=mine"}
        kept = client.post("/opportunities/filter", lines(("r-0", own), ("r-1", still_open), ("r-2", more)) | state)
        assert parse_qs(urlsplit(kept.url).query)["view"] == ["mine"]
        assert filter_of(kept.url) == ["name", "contains", "oven"]
        left = client.post("/opportunities/filter", lines(("r-0", own), ("r-2", more)) | state)
        assert "view=mine" not in left.url
        assert filter_of(left.url) == {"all": [["owner", "in", ["me"]], ["name", "contains", "oven"]]}

    def test_over_a_board_it_leads_back_to_the_board(self, manager: Actor) -> None:
        client = signed_in(manager)
        board = client.get('/opportunities/board?filter={"any":[["name","contains","x"],["name","empty"]]}')
        address = re.search(r'data-dialog="(/opportunities/filter[^"]*)"', board.content.decode())
        assert address is not None
        page = client.get(address[1].replace("&amp;", "&")).content.decode()
        assert 'name="look" value="board"' in page
        sent = lines(("r-0", {"p": "name", "o": "contains", "v": "x"}), do="apply", look="board", state="?")
        assert client.post("/opportunities/filter", sent).url.startswith("/opportunities/board?filter=")

    def test_everything_that_is_wrong_is_said_at_once_and_nothing_typed_is_lost(self, manager: Actor) -> None:
        sent = lines(
            ("r-0", {"p": "employees", "o": "gte", "v": "very many"}),
            ("r-1", {"p": "created_at", "o": "last", "v": "soon", "v_currency": "weeks"}),
            ("r-2", {"p": "kind", "o": "in"}),
            ("r-3", {"p": "name", "o": "contains", "v": "gas & oil"}),
            do="apply",
        )
        answer = signed_in(manager).post("/accounts/filter", sent)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert page.count('class="field-error"') == 3
        for typed in ("very many", "soon", "gas &amp; oil"):
            assert f'value="{typed}"' in page
        for node in ("r-0", "r-1"):
            assert re.search(rf'id="v-{node}"[^>]*aria-invalid="true" aria-describedby="e-{node}"', page)

    def test_lines_nobody_began_are_left_out(self, manager: Actor) -> None:
        sent = lines(("r-0", {"p": ""}), ("r-1", {"w": "any"}), ("r-1-0", {"p": ""}), do="apply", state="?view=mine")
        assert "filter=" not in signed_in(manager).post("/opportunities/filter", sent).url

    def test_what_is_nested_too_deep_is_refused_as_a_whole(self, manager: Actor) -> None:
        sent = lines(
            ("r-0", {"p": "parent.opportunities", "o": "every", "w": "any"}),
            ("r-0-0", {"p": "account.opportunities", "o": "every", "w": "any"}),
            ("r-0-0-0", {"p": "account.parent.name", "o": "contains", "v": "x"}),
            do="apply",
        )
        answer = signed_in(manager).post("/accounts/filter", sent)
        assert answer.status_code == 422
        assert "too many levels" in text_of(answer)


class TestSteps:
    def step(self, actor: Actor, step: str, sent: dict[str, Any], plural: str = "accounts") -> str:
        answer = signed_in(actor, fragment=True).post(f"/{plural}/filter", sent | {"do": step})
        assert answer.status_code == 200
        page = answer.content.decode()
        assert "<html" not in page
        return page

    def nodes(self, page: str) -> list[str]:
        return re.findall(r'name="node" value="([^"]+)"', page)

    def test_conditions_and_groups_are_added_removed_turned_and_taken_apart(self, manager: Actor) -> None:
        one = lines(("r-0", {"p": "name", "o": "contains", "v": "gas"}))
        assert self.nodes(self.step(manager, "add:r", one)) == ["r-0", "r-1"]
        assert self.nodes(self.step(manager, "group:r", one)) == ["r-0", "r-1", "r-1-0"]
        turned = self.step(manager, "wrap:r-0", one)
        assert self.nodes(turned) == ["r-0", "r-0-0", "r-0-1"]
        assert 'name="v:r-0-0" id="v-r-0-0" value="gas"' in turned
        group = lines(
            ("r-0", {"w": "any"}), ("r-0-0", {"p": "name", "o": "contains", "v": "gas"}), ("r-0-1", {"p": ""})
        )
        assert self.nodes(self.step(manager, "open:r-0", group)) == ["r-0", "r-1"]
        assert self.nodes(self.step(manager, "remove:r-0-1", group)) == ["r-0", "r-0-0"]
        assert self.nodes(self.step(manager, "remove:r-0", group)) == []

    def test_groups_nest_two_deep_and_no_deeper(self, manager: Actor) -> None:
        sent = lines(("r-0", {"w": "any"}), ("r-0-0", {"w": "all"}), ("r-0-0-0", {"p": "name", "o": "empty"}))
        page = self.step(manager, "group:r-0-0", sent)
        assert self.nodes(page) == ["r-0", "r-0-0", "r-0-0-0"]
        assert 'value="group:r-0-0"' not in page
        assert 'value="group:r-0"' in page

    def test_a_field_brings_its_comparisons_and_its_control(self, manager: Actor, make: Make) -> None:
        parent = make("account", name="Gas Natural")
        cases = {
            "turnover": ['name="v:r-0_currency"'],
            "created_at": ['<option value="ago"', 'name="v:r-0"'],
            "kind": ['type="checkbox" name="v:r-0" value="customer"'],
            "owner": ['name="v:r-0" value="me"'],
            "parent": ['data-url="/pick/account"'],
            "billing_address.country": ['type="checkbox" name="v:r-0" value="ES"'],
            "opportunities": ['<option value="every"', 'name="w:r-0"', 'value="add:r-0"'],
            "parent.employees": ['<option value="between"'],
        }
        for path, wanted in cases.items():
            page = self.step(manager, "again", lines(("r-0", {"p": path})))
            for part in wanted:
                assert part in page, (path, part)
        page = self.step(manager, "again", lines(("r-0", {"p": "parent", "o": "in", "v": encode(parent)})))
        assert 'data-title="Gas Natural"' in page

    def test_another_comparison_keeps_what_fits_and_another_field_begins_anew(self, manager: Actor) -> None:
        counted = {"p": "created_at", "o": "ago", "v": "3", "v_currency": "weeks", "b": "created_at last"}
        page = self.step(manager, "again", lines(("r-0", counted)))
        assert 'id="v-r-0" value="3"' in page
        assert '<option value="weeks" selected>' in page
        page = self.step(manager, "again", lines(("r-0", counted | {"o": "gte"})))
        assert 'type="date" name="v:r-0" id="v-r-0" value=""' in page
        page = self.step(manager, "again", lines(("r-0", {"p": "kind", "o": "in", "v": "gas", "b": "name contains"})))
        assert 'value="gas"' not in page
        fresh = lines(("r-0", {"p": "created_at", "o": "last", "b": "created_at within", "v": "this_week"}))
        assert 'id="v-r-0" value="14"' in self.step(manager, "again", fresh)
        wrong = lines(("r-0", counted | {"v": "soon", "b": "created_at ago"}))
        assert 'value="soon"' in self.step(manager, "again", wrong)

    def test_the_count_is_given_while_building(self, manager: Actor, make: Make) -> None:
        for name, number in (("One", 3), ("Two", 30), ("Three", 300)):
            make("account", name=name, employees=number)
        sent = lines(("r-0", {"p": "employees", "o": "gte", "v": "30"}), state="?view=")
        assert re.sub("<[^>]+>", "", self.step(manager, "count", sent)) == "2 accounts"
        assert self.step(manager, "count", lines(("r-0", {"p": "employees", "o": "gte", "v": "x"}))) == ""

    def test_what_came_from_elsewhere_reads_as_a_sentence_and_is_kept(self, manager: Actor) -> None:
        deep = {"any": [{"all": [{"any": [{"all": [["name", "eq", "x"], ["kind", "empty"]]}]}]}]}
        client = signed_in(manager)
        page = client.get("/accounts/filter", {"filter": json.dumps({"all": [deep, ["name", "contains", "y"]]})})
        text = page.content.decode()
        assert "name is x" in text_of(page)
        kept = re.search(r'name="(k:[^"]+)" value="([^"]+)"', text)
        assert kept is not None
        sent = lines(
            ("r-0", {"w": "any"}), ("r-0-0", {"w": "all"}), ("r-0-0-0", {}), ("r-1", {"p": "kind", "o": "empty"})
        )
        sent |= {kept[1]: kept[2].replace("&quot;", '"'), "do": "apply"}
        done = client.post("/accounts/filter", sent)
        assert filter_of(done.url) == {"all": [deep, ["kind", "empty"]]}


class TestRights:
    def test_the_picker_offers_what_may_be_read(self, make: Make, person: Callable[..., Actor]) -> None:
        role = Role.objects.get(key="seller")
        masks = {"masks": {"account": {"industry": "hidden"}}}
        door.update(OPERATOR, "role", role.pk, masks, origin="system", canonical=True)
        client = signed_in(person("Núria", "seller", make("team", name="Iberia")))
        offered = {one["id"] for one in client.get("/contacts/filter/fields").json()}
        assert {"first_name", "account.name", "notes", "account.opportunities"} <= offered
        assert "account.industry" not in offered
        assert client.get("/contacts/filter/fields?q=industry").json() == []
        assert {one["id"] for one in client.get("/contacts/filter/fields?q=name%20belongs").json()} >= {
            "account.parent.name"
        }
        answers = []
        for path in ("account.industry", "account.nonsense"):
            sent = lines(("r-0", {"p": path, "o": "in", "v": "x"}), do="apply")
            answer = client.post("/contacts/filter", sent)
            answers.append(
                (answer.status_code, re.findall(r'field-error" id="e-r-0">.*?</p>', answer.content.decode()))
            )
            asked = client.get("/contacts/filter", {"filter": json.dumps([path, "empty"])})
            answers[-1] += (asked.status_code,)
        assert answers[0][0] == 422
        assert [one[2] for one in answers] == [400, 400]
        assert "Industry" not in str(answers[0])

    def test_a_hidden_field_is_not_read_out_of_what_is_kept(self, make: Make, person: Callable[..., Actor]) -> None:
        role = Role.objects.get(key="seller")
        masks = {"masks": {"account": {"employees": "hidden"}}}
        door.update(OPERATOR, "role", role.pk, masks, origin="system", canonical=True)
        client = signed_in(person("Núria", "seller", make("team", name="Iberia")))
        sent = {"node": ["r-0"], "k:r-0": '["employees","in",[1,2]]', "do": "again"}
        page = text_of(client.post("/accounts/filter", sent))
        assert "Employees" not in page

    def test_a_record_out_of_reach_has_no_name_here(self, make: Make, seller: Actor) -> None:
        hidden = make("account", name="Hidden Ltd")
        asked = json.dumps({"any": [["parent", "in", [encode(hidden)]], ["name", "empty"]]})
        client = signed_in(seller)
        for address in ("/accounts/filter", "/accounts/"):
            assert "Hidden" not in text_of(client.get(address, {"filter": asked}))


class TestElsewhere:
    def test_a_view_saved_from_it_opens_with_all_of_it(self, make: Make, manager: Actor, industries: None) -> None:
        client = signed_in(manager)
        state = "?view=&filter=" + json.dumps(WRITTEN)
        saved = client.post("/opportunities/views/", {"name": "Warm", "state": state, "share": "everybody"})
        page = client.get(saved.url)
        assert "Has no notes in the last 14 days" in text_of(page)
        address = re.search(r'data-dialog="(/opportunities/filter[^"]*)"', page.content.decode())
        assert address is not None
        assert 'value="account.industry"' in client.get(address[1].replace("&amp;", "&")).content.decode()

    def test_bulk_export_grouping_and_board_take_the_same_rows(self, make: Make, manager: Actor) -> None:
        gas = make("account", name="Gas", kind="customer")
        oil = make("account", name="Oil", kind="prospect")
        for name, account in (("One", gas), ("Two", oil), ("Three", None)):
            make("opportunity", name=name, amount="10 EUR", **({"account": account} if account else {}))
        asked = json.dumps({"any": [["account.kind", "eq", "customer"], ["account", "empty"]]})
        client = signed_in(manager)
        for address in ("/opportunities/", "/opportunities/board"):
            page = text_of(client.get(address, {"view": "", "filter": asked}))
            assert ("One" in page, "Two" in page, "Three" in page) == (True, False, True)
        grouped = text_of(client.get("/opportunities/", {"view": "", "filter": asked, "group": "account"}))
        assert ("One" in grouped, "Two" in grouped) == (True, False)
        file = client.get("/opportunities/export.csv", {"view": "", "filter": asked})
        text = b"".join(file.streaming_content).decode()  # type: ignore[attr-defined]
        assert ("One" in text, "Two" in text, "Three" in text) == (True, False, True)
        form = {"action": "delete", "all": "1", "where": "?view=&filter=" + asked, "step": "apply"}
        client.post("/opportunities/bulk", form)
        assert query.rows("opportunity", OPERATOR).count() == (1, False)

    def test_neither_the_list_nor_the_builder_asks_more_for_a_longer_filter(
        self, make: Make, manager: Actor, industries: None, django_assert_max_num_queries: Callable[[int], Any]
    ) -> None:
        ids = [encode(make("account", name=f"Firm {at}")) for at in range(3)]
        make("opportunity", name="One")
        conditions = [
            *WRITTEN["all"],
            {"any": [["account", "in", ids[:2]], ["account.parent", "in", ids], ["owner", "eq", "me"]]},
        ]
        asked = {"view": "", "filter": json.dumps({"all": conditions})}
        client = signed_in(manager)
        # A savepoint around the counting (two statements) exists in tests alone.
        for address, most in (("/opportunities/", 8), ("/opportunities/filter", 5 + 2)):
            client.get(address, asked)
            with django_assert_max_num_queries(most):
                assert client.get(address, asked).status_code == 200

    def test_the_whole_page_works_without_script(self, manager: Actor) -> None:
        page = signed_in(manager).get("/opportunities/filter?view=").content.decode()
        assert '<noscript><select class="input-box" name="p:r-0"' in page
        assert '<optgroup label="Account">' in page
        assert '<option value="account.industry">' in page
        # Without script the box to search in is sent too, empty: the list that was there counts.
        sent = lines(("r-0", {"p": ["", "account.name"]}), do="again")
        again = signed_in(manager).post("/opportunities/filter", sent).content.decode()
        assert 'name="o:r-0"' in again
        assert "<noscript>" in again
