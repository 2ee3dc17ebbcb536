"""Who gets what: every entity, every route, every reach. What is forbidden looks like what does not exist."""

from typing import Any

import pytest
from django.http import HttpResponse

from tracte.kernel.ids import encode, new_id
from tracte.meta.registry import registry
from tracte.records.changes import Change, ChangeSet

Firm = Any
PEOPLE = ("admin", "all", "team", "mate", "own", "stranger", "viewer", "masked", "nobody", "anonymous")
# What a record of each ordinary entity needs; references by the name of a record made before.
MAKE: dict[str, dict[str, Any]] = {
    "account": {"name": "Nord", "email": "secret@nord.example", "turnover": {"amount": "77123.45", "currency": "EUR"}},
    "contact": {"last_name": "Puig", "account": "@account"},
    "product": {"name": "Roof"},
    "opportunity": {"name": "Deal", "account": "@account", "amount": {"amount": "88123.45", "currency": "EUR"}},
    "note": {"body": "remember", "about": ["@account"]},
    "contact_point": {"contact": "@contact", "kind": "email_work", "value": "x@y.example"},
    "affiliation": {"contact": "@contact", "account": "@account"},
    "lead": {"company": "Nord", "email": "asked@nord.example"},
    "opportunity_line": {
        "opportunity": "@opportunity",
        "name": "Work",
        "price": {"amount": "88123.45", "currency": "EUR"},
    },
    "opportunity_contact": {"opportunity": "@opportunity", "contact": "@contact"},
    "target": {"starts_on": "2026-11-01", "amount": {"amount": "1000", "currency": "EUR"}},
}
CHANGE = {
    "account": {"name": "Changed"},
    "contact": {"last_name": "Changed"},
    "product": {"name": "Changed"},
    "opportunity": {"name": "Changed"},
    "note": {"body": "changed"},
    "lead": {"company": "Changed"},
    "contact_point": {"note": "changed"},
    "affiliation": {"job_title": "changed"},
    "opportunity_line": {"name": "changed"},
    "opportunity_contact": {"note": "changed"},
    "target": {"remark": "changed"},
}


def same(one: HttpResponse, other: HttpResponse) -> bool:
    """Alike to whoever asked: status, body and headers."""
    left = {name: value for name, value in one.headers.items() if name != "Set-Cookie"}
    right = {name: value for name, value in other.headers.items() if name != "Set-Cookie"}
    return (one.status_code, one.content, left) == (other.status_code, other.content, right)


@pytest.fixture
def records(firm: Firm) -> dict[str, str]:
    """One record of each ordinary entity, owned by “own” of the north."""
    made: dict[str, str] = {}
    for key, template in MAKE.items():
        if key not in registry():
            continue
        values = {
            name: made[value[1:]]
            if isinstance(value, str) and value.startswith("@")
            else [made[one[1:]] for one in value]
            if isinstance(value, list)
            else value
            for name, value in template.items()
        }
        made[key] = firm.make(key, values, None if registry()[key].declaration.parent else "own")
    return made


def sees(firm: Firm, name: str, key: str) -> bool:
    """Whether somebody should see a record of “own” of the north."""
    return name in ("admin", "all", "viewer", "masked", "own", "team", "mate")


def test_every_ordinary_entity_is_tried() -> None:
    ours = [spec for spec in registry() if type(spec.declaration).__module__.startswith("tracte.modules.")]
    # What everybody makes for themselves needs no right; its contract says who sees which.
    ordinary = {spec.key for spec in ours if not (spec.declaration.directory or spec.declaration.own_things)}
    assert ordinary == MAKE.keys()


def test_everybody_reads_what_is_in_reach_and_nothing_else(
    firm: Firm, records: dict[str, str], subtests: pytest.Subtests
) -> None:
    missing = encode(new_id())
    for key, pk in records.items():
        plural = registry()[key].plural
        for name in PEOPLE:
            api = firm[name]
            with subtests.test(entity=key, who=name):
                if name == "anonymous":
                    for path in ("", f"/{pk}", f"/{pk}/timeline", "/aggregate"):
                        assert api.get(plural + path).status_code == 401
                    continue
                expected = sees(firm, name, key)
                assert (api.get(f"{plural}/{pk}").status_code == 200) == expected
                assert (api.get(f"{plural}/{pk}/timeline").status_code == 200) == expected
                listed = api.get(plural)
                if name == "nobody":
                    assert same(listed, api.get("nope"))
                else:
                    assert [row["id"] for row in listed.json()["data"]] == ([pk] if expected else [])
                    count = api.get(f"{plural}/aggregate").json()["data"]
                    assert (count[0]["count"] if count else 0) == (1 if expected else 0)
                if not expected:
                    for below in ("", "/timeline"):
                        assert same(api.get(f"{plural}/{pk}{below}"), api.get(f"{plural}/{missing}{below}"))


def test_nobody_writes_beyond_their_reach_and_a_refusal_tells_nothing(
    firm: Firm, records: dict[str, str], subtests: pytest.Subtests
) -> None:
    missing = encode(new_id())
    sets, changes = ChangeSet.objects.count(), Change.objects.count()
    for key, pk in records.items():
        spec = registry()[key]
        for name in ("stranger", "viewer", "nobody", "anonymous"):
            api = firm[name]
            expected = {"anonymous": 401, "viewer": 403}.get(name, 404)

            def tries(
                record: str, api: Any = api, plural: str = spec.plural, body: Any = CHANGE[key]
            ) -> list[HttpResponse]:
                return [
                    api.patch(f"{plural}/{record}", body),
                    api.patch(f"{plural}/{record}?propose=true", body),
                    api.patch(f"{plural}/{record}?dry_run=true", body),
                    api.delete(f"{plural}/{record}"),
                    api.post(f"{plural}/bulk", {"ids": [record], "set": body}),
                ]

            with subtests.test(entity=key, who=name):
                got = tries(pk)
                assert [one.status_code for one in got] == [expected] * len(got)
                if name in ("stranger", "nobody"):
                    assert all(same(*pair) for pair in zip(got, tries(missing), strict=True))
                restore = api.post(f"{spec.plural}/{pk}/restore")
                assert restore.status_code in (401, 403, 404)
                for action in spec.actions:
                    answer = api.post(f"{spec.plural}/{pk}/{action}", {})
                    assert answer.status_code == expected
                if name in ("viewer", "nobody"):
                    made = api.post(spec.plural, CHANGE[key])
                    assert made.status_code == (403 if name == "viewer" else 404)
    assert (ChangeSet.objects.count(), Change.objects.count()) == (sets, changes)


def test_a_teammate_changes_what_the_team_owns(firm: Firm, records: dict[str, str]) -> None:
    for key, pk in records.items():
        plural = registry()[key].plural
        for name in ("own", "team", "mate", "all", "admin"):
            response = firm[name].patch(f"{plural}/{pk}", CHANGE[key])
            assert response.status_code == 200, (key, name, response.content)


def test_a_hidden_field_looks_like_one_that_does_not_exist(firm: Firm, records: dict[str, str]) -> None:
    api = firm["masked"]
    pk = records["account"]
    assert not {"turnover", "email"} & api.get(f"accounts/{pk}").json().keys()
    for hidden in ("turnover", "email"):
        for params in (
            {"sort": "{}"},
            {"fields": "{}"},
            {"{}": "1"},
            {"{}__gte": "1"},
            {"{}__empty": "true"},
            {"filter": '["{}","eq","1"]'},
            {"filter": '{{"any":[["{}","empty"]]}}'},
        ):
            asked = [
                api.get("accounts", **{k.format(name): v.format(name) for k, v in params.items()})
                for name in (hidden, "nothing")
            ]
            assert asked[0].status_code == 400
            assert asked[0].content.decode().replace(hidden, "nothing") == asked[1].content.decode()
        for path, params in (
            ("accounts/aggregate", {"group": "{}"}),
            ("accounts/aggregate", {"measure": "sum:{}"}),
            ("opportunities", {"fields": "account.{}"}),
            ("opportunities", {"sort": "account.{}"}),
            ("opportunities", {"account.{}": "1"}),
            ("opportunities", {"filter": '["account.{}","eq","1"]'}),
        ):
            asked = [
                api.get(path, **{k.format(name): v.format(name) for k, v in params.items()})
                for name in (hidden, "nothing")
            ]
            assert asked[0].status_code == 400
            assert asked[0].content.decode().replace(hidden, "nothing") == asked[1].content.decode()
        asked = [api.patch(f"accounts/{pk}", {name: "1"}) for name in (hidden, "nothing")]
        assert asked[0].status_code == 422
        assert asked[0].content.decode().replace(hidden, "nothing") == asked[1].content.decode()
    deal = f"opportunities/{records['opportunity']}"
    tried = api.patch(f"{deal}?dry_run=true", {"name": "New", "stage": "qualified"})
    assert tried.json()["results"][0]["changes"].keys() >= {"name", "stage"}
    assert not {"amount", "weighted"} & tried.json()["results"][0]["changes"].keys()
    assert api.get("accounts", q="secret@nord").json()["data"] == []
    assert firm["admin"].get("accounts", q="secret@nord").json()["data"] != []
    assert api.patch(f"accounts/{pk}", {"industry": None}).json()["problems"][0]["code"] == "forbidden_field"
    assert api.patch(f"accounts/{pk}", {"name": "New"}).status_code == 200
    stored = firm["admin"].get(f"accounts/{pk}").json()
    assert stored["turnover"]["amount"] == "77123.45"
    timeline = api.get(f"accounts/{pk}/timeline").content.decode()
    firm["admin"].patch(f"accounts/{pk}", {"turnover": {"amount": "99123.45", "currency": "EUR"}})
    assert "99123.45" in firm["admin"].get(f"accounts/{pk}/timeline").content.decode()
    assert "99123.45" not in timeline + api.get(f"accounts/{pk}/timeline").content.decode()


def test_a_reference_out_of_sight_is_null_and_cannot_be_pointed_at(firm: Firm, records: dict[str, str]) -> None:
    api = firm["stranger"]
    deal = firm.make("opportunity", {"name": "Mine", "account": records["account"]}, "stranger")
    shown = api.get(f"opportunities/{deal}").json()
    assert shown["account"] is None
    (row,) = api.get("opportunities", fields="account,account.name").json()["data"]
    assert (row["account"], row["account.name"]) == (None, None)
    assert api.get("opportunities", **{"account.name": "Nord"}).json()["data"] == []
    assert api.get("opportunities/aggregate", group="account").json()["data"] == [{"account": None, "count": 1}]
    hidden, missing = firm.make("account", {"name": "Other"}, "own"), encode(new_id())
    forbidden, absent = (api.patch(f"opportunities/{deal}", {"account": pk}) for pk in (hidden, missing))
    assert forbidden.status_code == 422
    assert same(forbidden, absent)


def test_secrets_of_users_are_in_no_answer(firm: Firm) -> None:
    for path in ("users", f"users/{encode(firm.users['own'])}", "meta", "search?q=own"):
        text = firm["admin"].get(path).content.decode()
        assert "password" not in text
        assert "session_salt" not in text
    assert firm["admin"].get("users", fields="password").status_code == 400
    patched = firm["admin"].patch(f"users/{encode(firm.users['own'])}", {"password": "x", "session_salt": "y"})
    assert {one["code"] for one in patched.json()["problems"]} == {"unknown_field"}


def test_settings_are_read_by_all_and_written_by_administrators_alone(firm: Firm) -> None:
    team = encode(firm.teams["north"])
    for name in ("all", "own", "viewer"):
        assert firm[name].get("teams").status_code == 200
        assert firm[name].patch(f"teams/{team}", {"name": "x"}).status_code == 403
        assert firm[name].post("users", {"name": "x"}).status_code == 403
        me = encode(firm.users[name])
        assert firm[name].patch(f"users/{me}", {"is_admin": True}).status_code == 403
    assert firm["admin"].patch(f"teams/{team}", {"name": "x"}).status_code == 200


def test_a_token_dies_with_its_user(firm: Firm) -> None:
    api = firm["own"]
    assert api.get("accounts").status_code == 200
    gone = firm["admin"].patch(f"users/{encode(firm.users['own'])}", {"can_sign_in": False})
    assert gone.status_code == 200
    dead = api.get("accounts")
    assert (dead.status_code, dead["WWW-Authenticate"]) == (401, 'Bearer realm="tracte"')
    assert same(dead, firm["anonymous"].get("accounts"))


def test_bulk_needs_every_record_in_reach(firm: Firm, records: dict[str, str]) -> None:
    mine = firm.make("account", {"name": "Mine"}, "stranger")
    body = {"set": {"name": "Changed"}}
    assert firm["stranger"].post("accounts/bulk", {"ids": [mine, records["account"]], **body}).status_code == 404
    assert firm["stranger"].get(f"accounts/{mine}").json()["name"] == "Mine"
    done = firm["stranger"].post("accounts/bulk", {"where": ["name", "in", ["Mine", "Nord"]], **body})
    assert done.json()["updated"] == 1
    assert firm["admin"].get(f"accounts/{records['account']}").json()["name"] == "Nord"


def test_private_notes_are_for_their_owner(firm: Firm, records: dict[str, str]) -> None:
    note = firm.make("note", {"body": "hush", "private": True, "about": [records["account"]]}, "own")
    assert firm["own"].get(f"notes/{note}").status_code == 200
    for name in ("admin", "all", "team"):
        assert firm[name].get(f"notes/{note}").status_code == 404
        assert "hush" not in firm[name].get(f"accounts/{records['account']}/timeline").content.decode()
        assert firm[name].patch(f"notes/{note}", {"body": "x"}).status_code == 404
