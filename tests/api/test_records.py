"""Lists and single records: what goes in comes out, and what is wrong is named."""

from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

Firm = Any


def codes(response: HttpResponse) -> set[tuple[str | None, str]]:
    """What a refusal says: (field, code)."""
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()  # type: ignore[attr-defined]
    assert body["status"] == response.status_code
    assert {"type", "title", "status", "problems"} == body.keys()
    return {(one["field"], one["code"]) for one in body["problems"]}


def made(api: Any, path: str, values: dict[str, Any]) -> dict[str, Any]:
    response = api.post(path, values)
    assert response.status_code == 201, response.content
    return response.json()


def test_a_record_is_made_read_changed_binned_and_restored(firm: Firm) -> None:
    api = firm["admin"]
    response = api.post(
        "accounts", {"name": "Xavi SA", "turnover": {"amount": "1200.50", "currency": "EUR"}, "tags": ["a"]}
    )
    assert response.status_code == 201
    record = response.json()
    assert response["Location"] == f"/api/v1/accounts/{record['id']}"
    assert response["ETag"] == '"1"'
    assert record["turnover"] == {"amount": "1200.50", "currency": "EUR"}
    assert record["owner"]["title"] == "Admin"
    assert record["parent"] is None
    path = f"accounts/{record['id']}"
    changed = api.patch(path, {"name": "Xavier SA"})
    assert (changed.status_code, changed["ETag"], changed.json()["title"]) == (200, '"2"', "Xavier SA")
    gone = api.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    assert api.get(path).status_code == 404
    assert api.delete(path).status_code == 404
    assert api.post(f"{path}/restore").json()["name"] == "Xavier SA"
    assert api.get(path).status_code == 200


def test_if_match_refuses_a_stale_version_and_writes_nothing(firm: Firm) -> None:
    api = firm["admin"]
    path = "accounts/" + made(api, "accounts", {"name": "One"})["id"]
    assert api.patch(path, {"name": "Two"}, **{"If-Match": '"1"'}).status_code == 200
    stale = api.patch(path, {"name": "Three"}, **{"If-Match": '"1"'})
    assert (stale.status_code, codes(stale), stale["ETag"]) == (412, {(None, "stale")}, '"2"')
    assert api.delete(path, **{"If-Match": '"1"'}).status_code == 412
    assert api.get(path).json()["name"] == "Two"
    assert codes(api.patch(path, {"name": "Three"}, **{"If-Match": "2"})) == {(None, "bad_header")}


def test_every_problem_of_a_body_comes_at_once(firm: Firm) -> None:
    response = firm["admin"].post("accounts", {"employees": "many", "email": "nobody", "nope": 1, "created_at": None})
    assert response.status_code == 422
    assert codes(response) == {
        ("employees", "not_an_integer"),
        ("email", "bad_email"),
        ("nope", "unknown_field"),
        ("created_at", "read_only"),
        ("name", "required"),
    }


def test_what_was_read_may_be_sent_back(firm: Firm) -> None:
    api = firm["admin"]
    account = made(api, "accounts", {"name": "Nord"})
    deal = made(api, "opportunities", {"name": "Deal", "account": account["id"], "stage": "qualified", "amount": 10})
    assert deal["stage"]["key"] == "qualified"
    again = api.patch(f"opportunities/{deal['id']}", {name: deal[name] for name in ("account", "stage", "amount")})
    assert again.status_code == 200
    assert again.json() == deal


def test_a_page_leads_to_the_next_until_all_were_seen_once(firm: Firm) -> None:
    api = firm["admin"]
    for number in range(7):
        made(api, "products", {"name": f"Product {number % 3}", "sku": f"S{number}"})
    seen, cursor = [], ""
    while True:
        page = api.get("products", limit="3", sort="-name,sku", fields="sku", **({"cursor": cursor} if cursor else {}))
        seen += [row["sku"] for row in page.json()["data"]]
        cursor = page.json()["next"]
        if cursor is None:
            break
    assert seen == ["S2", "S5", "S1", "S4", "S0", "S3", "S6"]


def test_a_list_is_filtered_by_fields_conditions_and_words(firm: Firm) -> None:
    api = firm["admin"]
    nord = made(api, "accounts", {"name": "Nord", "industry": None})
    for name, stage, amount in (("Roof", "new", 10), ("Floor", "qualified", 20), ("Wall", "won", None)):
        made(api, "opportunities", {"name": name, "stage": stage, "amount": amount, "account": nord["id"]})

    def names(**params: str) -> set[str]:
        response = api.get("opportunities", fields="name", **params)
        assert response.status_code == 200, response.content
        return {row["name"] for row in response.json()["data"]}

    assert names(stage="new") == {"Roof"}
    assert names(stage__in="new,won") == {"Roof", "Wall"}
    assert names(amount__gte="15") == {"Floor"}
    assert names(amount__empty="true") == {"Wall"}
    assert names(owner="me") == {"Roof", "Floor", "Wall"}
    assert names(**{"stage.kind": "open", "account.name__starts": "no"}) == {"Roof", "Floor"}
    assert names(filter='["name","contains","oo"]') == {"Roof", "Floor"}
    assert names(q="flo") == {"Floor"}
    assert names(q="%") == set()
    assert names(created_at__within="today") == {"Roof", "Floor", "Wall"}


def test_fields_choose_what_is_shown_through_references_too(firm: Firm) -> None:
    api = firm["admin"]
    nord = made(api, "accounts", {"name": "Nord"})
    made(api, "opportunities", {"name": "Roof", "account": nord["id"]})
    (row,) = api.get("opportunities", fields="name,account.name,account.owner.email,stage.probability").json()["data"]
    del row["id"]
    assert row == {
        "name": "Roof",
        "account.name": "Nord",
        "account.owner.email": "admin@firm.example",
        "stage.probability": "10",
    }


def test_a_count_stops_at_a_thousand_and_says_so(firm: Firm) -> None:
    api = firm["admin"]
    made(api, "accounts", {"name": "Nord"})
    body = api.get("accounts", count="true", limit="1").json()
    assert (body["count"], body["capped"]) == (1, False)


WRONG_QUERIES = [
    ({"nope": "1"}, ("nope", "unknown_parameter")),
    ({"limit": "0"}, ("limit", "bad_parameter")),
    ({"limit": "501"}, ("limit", "bad_parameter")),
    ({"limit": "１"}, ("limit", "bad_parameter")),
    ({"limit": "9" * 5000}, ("limit", "bad_parameter")),
    ({"cursor": "x" * 30}, ("cursor", "bad_cursor")),
    ({"count": "yes"}, ("count", "bad_parameter")),
    ({"sort": "account__owner__password"}, ("account__owner__password", "bad_sort")),
    ({"sort": "owner.password"}, ("owner.password", "bad_sort")),
    ({"sort": "name,(select 1)"}, ("(select 1)", "bad_sort")),
    ({"fields": "nope"}, ("fields", "unknown_field")),
    ({"fields": "owner.password"}, ("fields", "unknown_field")),
    ({"fields": "name,name"}, ("fields", "bad_parameter")),
    ({"owner.password": "x"}, ("owner.password", "unknown_parameter")),
    ({"owner__password": "x"}, ("owner__password", "unknown_operator")),
    ({"name__regex": "x"}, ("name__regex", "unknown_operator")),
    ({"filter": "{"}, ("filter", "bad_json")),
    ({"filter": '{"a":1,"a":2}'}, ("filter", "repeated_key")),
    ({"filter": '["name","eq"]'}, ("name", "required")),
    ({"filter": '["nope","eq",1]'}, ("nope", "unknown_field")),
    ({"filter": "[" * 5000}, ("filter", "bad_json")),
    ({"employees": "1e999"}, ("employees", "not_an_integer")),
    ({"employees": "9" * 400}, ("employees", "not_an_integer")),
    ({"id": "nope"}, ("id", "bad_id")),
    ({"name": "a\0b"}, ("name", "bad_parameter")),
]


def test_a_wrong_query_string_is_named(firm: Firm, subtests: pytest.Subtests) -> None:
    for params, expected in WRONG_QUERIES:
        with subtests.test(params=str(params)[:60]):
            response = firm["admin"].get("accounts", **params)
            assert (response.status_code, codes(response)) == (400, {expected})


def test_a_parameter_given_twice_is_refused(firm: Firm) -> None:
    response = firm["admin"].get("accounts?limit=1&limit=2")
    assert (response.status_code, codes(response)) == (400, {("limit", "repeated_parameter")})


WRONG_BODIES = [
    ("{", "bad_json"),
    ('{"name": NaN}', "not_a_number"),
    ('{"employees": 1e9999}', "not_a_number"),
    ('{"name": "a", "name": "b"}', "repeated_key"),
    ("[]", "not_an_object"),
    ("null", "not_an_object"),
    ('{"name":' + "[" * 30 + "]" * 30 + "}", "too_deep"),
    ('{"name":' + "[" * 100_000, "bad_json"),
    (b'{"name": "\xff"}', "bad_json"),
    ('{"name": "' + "x" * 1_000_000 + '"}', "too_long"),
    ('{"name": "a\\u0000b"}', "nul_character"),
    ('{"name": "\\ud800"}', "nul_character"),
    ('{"\\ud800": 1, "name": "x"}', "unknown_field"),
    ('{"name": {"a": 1}}', "not_text"),
    ('{"name": "x", "employees": true}', "not_an_integer"),
    ('{"name": "x", "employees": ' + "9" * 50 + "}", "too_big"),
    ('{"name": "x", "parent": 5}', "bad_id"),
    ('{"name": "x", "parent": {"id": 5}}', "bad_id"),
    ('{"name": "x", "parent": {"id": "0000000000zz", "name": "y"}}', "bad_id"),
    ('{"name": "x", "parent": "0000000000zz"}', "no_such_record"),
    ('{"name": "x", "tags": "a,b"}', "list_expected"),
    ('{"name": "x", "turnover": {"amount": "1", "currency": "EUR", "x": 1}}', "bad_money"),
]


def test_a_wrong_body_is_named_and_nothing_kept(firm: Firm, subtests: pytest.Subtests) -> None:
    for body, code in WRONG_BODIES:
        with subtests.test(body=str(body)[:60]):
            response = firm["admin"].post("accounts", body)
            assert response.status_code == 422, response.content
            assert code in {found for _, found in codes(response)}
    assert firm["admin"].get("accounts").json()["data"] == []


def test_only_json_is_read(firm: Firm) -> None:
    client = firm["admin"].client
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        response = client.generic("POST", "/api/v1/accounts", '{"name": "x"}', content_type=kind)
        assert (response.status_code, codes(response)) == (415, {(None, "json_expected")})


def test_a_body_beyond_five_megabytes_is_not_read(firm: Firm) -> None:
    response = firm["admin"].post("accounts", '{"name": "' + "x" * (5 * 1024 * 1024) + '"}')
    assert (response.status_code, codes(response)) == (413, {(None, "too_large")})


def test_only_declared_methods_are_taken(firm: Firm) -> None:
    response = firm["admin"].send("PUT", "accounts", {})
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, POST")
    assert firm["admin"].send("DELETE", "accounts/bulk", None).status_code == 405
    assert firm["admin"].send("OPTIONS", "accounts").status_code == 405


def test_an_unknown_address_is_nothing(firm: Firm) -> None:
    for method in ("GET", "POST", "PATCH", "DELETE"):
        for path in ("nope", "nope/aggregate", "accounts/nope/nope", "accounts/nope", "..%2Faccounts", ""):
            response = firm["admin"].send(method, path, {"name": "x"} if method in ("POST", "PATCH") else None)
            assert response.status_code in (404, 405)
            assert response["Content-Type"] == "application/problem+json"


def test_an_action_runs_with_what_it_asks_for(firm: Firm) -> None:
    api = firm["admin"]
    deal = made(api, "opportunities", {"name": "Roof", "amount": 10})
    path = f"opportunities/{deal['id']}"
    assert codes(api.post(f"{path}/lose", {})) == {("lost_reason", "required")}
    assert codes(api.post(f"{path}/lose", {"nope": 1})) == {("nope", "unknown_field")}
    won = api.post(f"{path}/win")
    assert (won.status_code, won.json()["stage"]["key"]) == (200, "won")
    assert api.post(f"{path}/win").status_code == 422
    assert api.post(f"{path}/nope", {}).status_code == 404


def test_totals_are_told_by_group_with_exact_sums(firm: Firm) -> None:
    api = firm["admin"]
    for stage, amount, currency in (
        ("won", "0.10", "USD"),
        ("won", "0.20", "USD"),
        ("new", None, None),
        ("qualified", "1", "USD"),
        ("qualified", "2", "EUR"),
    ):
        money = {"amount": amount, "currency": currency} if amount else None
        made(api, "opportunities", {"name": "x", "stage": stage, "amount": money})
    body = api.get("opportunities/aggregate", group="stage", measure="count,sum:amount").json()
    shown = {row["stage"]["key"]: (row["count"], row["sum:amount"]) for row in body["data"]}
    assert shown == {
        "new": (1, None),
        "qualified": (2, {"amount": None, "mixed": {"EUR": "2.00", "USD": "1.00"}}),
        "won": (2, {"amount": "0.30", "currency": "USD"}),
    }
    assert list(shown) == ["new", "qualified", "won"]
    assert api.get("opportunities/aggregate", measure="count").json() == {"data": [{"count": 5}]}
    assert api.get("opportunities/aggregate", group="type").json() == {"data": [{"type": None, "count": 5}]}
    for params in ({"group": "nope"}, {"measure": "sum:name"}, {"measure": "max:amount"}, {"group": "owner.email"}):
        assert api.get("opportunities/aggregate", **params).status_code == 400


def test_a_bulk_changes_all_or_nothing(firm: Firm) -> None:
    api = firm["admin"]
    ids = [made(api, "accounts", {"name": f"A{number}"})["id"] for number in range(3)]
    tried = api.post("accounts/bulk", {"ids": ids, "set": {"kind": "customer"}, "dry_run": True}).json()
    assert (tried["updated"], tried["changeset"]) == (3, None)
    assert {row["kind"] for row in api.get("accounts").json()["data"]} == {"prospect"}
    done = api.post("accounts/bulk", {"where": ["name", "in", ["A0", "A1"]], "set": {"kind": "customer"}})
    assert (done.status_code, done.json()["updated"]) == (200, 2)
    assert api.get("accounts", kind="customer", count="true").json()["count"] == 2
    wrong = api.post("accounts/bulk", {"ids": [*ids, "0000000000zz"], "set": {"kind": "partner"}})
    assert wrong.status_code == 404
    assert codes(api.post("accounts/bulk", {"ids": ids, "set": {"kind": "nope"}})) == {("kind", "not_a_choice")}
    assert api.post("accounts/bulk", {"ids": ids, "where": {}, "set": {"kind": "partner"}}).status_code == 422
    assert api.post("accounts/bulk", {"where": ["nope", "eq", 1], "set": {"kind": "partner"}}).status_code == 422
    assert api.get("accounts", kind="partner", count="true").json()["count"] == 0


def test_a_dry_run_tells_and_keeps_nothing(firm: Firm) -> None:
    api = firm["admin"]
    response = api.post("accounts?dry_run=true", {"name": "Nord"})
    (result,) = response.json()["results"]
    assert (response.status_code, result["verdict"], result["id"]) == (200, "created", None)
    assert api.get("accounts").json()["data"] == []
    assert api.post("accounts?dry_run=true", {}).status_code == 422


LINKED = {
    "accounts": {"name": "x", "parent": "account"},
    "contacts": {"last_name": "x", "account": "account"},
    "opportunities": {"name": "x", "account": "account", "contact": "contact"},
    "notes": {"body": "x", "about": ["account"]},
    "users": {"name": "x", "can_sign_in": False},
    "products": {"name": "x"},
}


def test_the_number_of_queries_does_not_depend_on_the_number_of_records(firm: Firm, subtests: pytest.Subtests) -> None:
    api = firm["admin"]
    account = made(api, "accounts", {"name": "Nord"})["id"]
    ids = {"account": account, "contact": made(api, "contacts", {"last_name": "Puig", "account": account})["id"]}
    for plural, template in LINKED.items():
        values = {k: [account] if isinstance(v, list) else ids.get(str(v), v) for k, v in template.items()}
        with subtests.test(plural=plural):
            counts = []
            for _ in range(2):
                for _number in range(3):
                    made(api, plural, values)
                with CaptureQueriesContext(connection) as queries:
                    assert api.get(plural).status_code == 200
                counts.append(len(queries))
            assert counts[0] == counts[1]
            assert counts[0] <= 6
