"""Change sets over the API: what was done, what waits for a decision, what is taken back."""

from typing import Any

from tracte.kernel.ids import encode

Firm = Any


def made(api: Any, path: str, values: dict[str, Any]) -> dict[str, Any]:
    response = api.post(path, values)
    assert response.status_code == 201, response.content
    return response.json()


def test_every_write_leaves_a_set_that_tells_what_it_did(firm: Firm) -> None:
    api = firm["admin"]
    account = made(api, "accounts", {"name": "Nord"})
    other = made(api, "accounts", {"name": "Sud"})
    changed = api.patch(f"accounts/{account['id']}", {"parent": other["id"], "name": "Nord SA"})
    body = api.get(f"changes/{changed['Tracte-Changeset']}").json()
    assert (body["state"], body["origin"], body["by"]["title"]) == ("applied", "api", "Admin")
    (change,) = body["changes"]
    assert change["fields"]["name"] == ["Nord", "Nord SA"]
    assert change["fields"]["parent"] == [None, {"id": other["id"], "title": "Sud"}]
    listed = api.get("changes", limit="1").json()
    assert listed["data"][0]["id"] == body["id"]
    assert api.get("changes", limit="1", cursor=listed["next"]).json()["data"][0]["id"] < body["id"]
    assert api.get("changes", origin="import").json()["data"] == []


def test_a_write_that_changes_nothing_leaves_no_set(firm: Firm) -> None:
    api = firm["admin"]
    account = made(api, "accounts", {"name": "Nord"})
    same = api.patch(f"accounts/{account['id']}", {"name": "Nord"})
    assert (same.status_code, same["ETag"]) == (200, '"1"')
    assert "Tracte-Changeset" not in same


def test_a_timeline_tells_changes_and_notes_newest_first_and_pages(firm: Firm) -> None:
    api = firm["admin"]
    account = made(api, "accounts", {"name": "Nord"})
    path = f"accounts/{account['id']}"
    api.patch(path, {"name": "Nord SA"})
    note = made(api, "notes", {"body": "Call them", "about": [account["id"]]})
    api.patch(path, {"name": "Nord SL"})
    whole = api.get(f"{path}/timeline").json()
    assert [(one["kind"], one["verb"]) for one in whole["data"]] == [
        ("change", "update"),
        ("note", "create"),
        ("change", "update"),
        ("change", "create"),
    ]
    assert (whole["data"][1]["id"], whole["data"][1]["title"]) == (note["id"], "Call them")
    paged, cursor = [], None
    while True:
        page = api.get(f"{path}/timeline", limit="1", **({"cursor": cursor} if cursor else {})).json()
        paged += page["data"]
        cursor = page["next"]
        if cursor is None:
            break
    assert paged == whole["data"]
    for wrong in ("x", "bm9wZQ", "W10"):
        assert api.get(f"{path}/timeline", cursor=wrong).status_code == 400


def test_a_set_is_taken_back_and_says_what_was_kept(firm: Firm) -> None:
    api = firm["admin"]
    account = made(api, "accounts", {"name": "Nord", "kind": "prospect"})
    path = f"accounts/{account['id']}"
    first = api.patch(path, {"name": "Nord SA", "kind": "customer"})["Tracte-Changeset"]
    api.patch(path, {"name": "Later"})
    tried = api.post(f"changes/{first}/undo", {"dry_run": True}).json()
    assert (tried["changeset"], tried["conflict_count"]) == (None, 1)
    done = api.post(f"changes/{first}/undo").json()
    assert [(one["field"], one["code"]) for one in done["conflicts"]] == [("name", "changed_since")]
    assert api.get(path).json()["kind"] == "prospect"
    assert api.get(path).json()["name"] == "Later"
    assert api.post(f"changes/{done['changeset']}/apply").status_code == 409
    assert api.post("changes/999999/undo").status_code == 404
    assert api.post(f"changes/{first}/undo", {"nope": True}).status_code == 422


def test_sets_of_others_are_not_there(firm: Firm) -> None:
    changed = firm["all"].post("accounts", {"name": "Nord"})["Tracte-Changeset"]
    for path in (f"changes/{changed}", f"changes/{changed}/undo", f"changes/{changed}/apply"):
        method = "GET" if path.endswith(changed) else "POST"
        assert firm["own"].send(method, path).status_code == 404
    assert firm["own"].get("changes").json()["data"] == []
    assert firm["admin"].get(f"changes/{changed}").status_code == 200
    assert firm["viewer"].post(f"changes/{changed}/undo").status_code == 404


def test_a_proposal_waits_is_previewed_and_applied_by_maker_or_administrator(firm: Firm) -> None:
    account = made(firm["own"], "accounts", {"name": "Nord"})
    path = f"accounts/{account['id']}"
    proposed = firm["own"].patch(f"{path}?propose=true", {"name": "Nord SA"})
    assert (proposed.status_code, proposed.json()["state"]) == (202, "proposed")
    number = proposed.json()["changeset"]
    assert firm["own"].get(path).json()["name"] == "Nord"
    body = firm["admin"].get(f"changes/{number}").json()
    assert body["changes"][0]["fields"]["name"] == ["Nord", "Nord SA"]
    assert firm["all"].post(f"changes/{number}/apply").status_code == 404
    applied = firm["admin"].post(f"changes/{number}/apply")
    assert (applied.status_code, applied.json()["state"]) == (200, "applied")
    assert firm["own"].get(path).json()["name"] == "Nord SA"
    assert firm["admin"].post(f"changes/{number}/apply").status_code == 409
    assert firm["admin"].post(f"changes/{number}/undo").json()["undone"] == 1
    assert firm["own"].get(path).json()["name"] == "Nord"


def test_a_proposal_on_a_record_that_moved_on_is_a_conflict(firm: Firm) -> None:
    api = firm["admin"]
    account = made(api, "accounts", {"name": "Nord"})
    number = api.patch(f"accounts/{account['id']}?propose=true", {"name": "A"}).json()["changeset"]
    api.patch(f"accounts/{account['id']}", {"name": "B"})
    refused = api.post(f"changes/{number}/apply")
    assert (refused.status_code, refused.json()["problems"][0]["code"]) == (409, "stale")
    assert api.get(f"accounts/{account['id']}").json()["name"] == "B"
    assert api.post(f"changes/{number}/reject").json()["state"] == "rejected"


def test_a_proposal_is_applied_with_the_rights_its_maker_has_by_then(firm: Firm) -> None:
    account = made(firm["own"], "accounts", {"name": "Nord"})
    number = firm["own"].patch(f"accounts/{account['id']}?propose=true", {"name": "X"}).json()["changeset"]
    handed = firm["admin"].patch(f"accounts/{account['id']}", {"owner": encode(firm.users["stranger"])})
    assert handed.status_code == 200
    assert firm["admin"].post(f"changes/{number}/apply").status_code == 409
    assert firm["admin"].get(f"accounts/{account['id']}").json()["name"] == "Nord"


def test_every_verb_can_be_proposed(firm: Firm) -> None:
    api = firm["admin"]
    deal = made(api, "opportunities", {"name": "Deal"})
    path = f"opportunities/{deal['id']}"
    won = api.post(f"{path}/win?propose=true", {}).json()["changeset"]
    assert api.post(f"changes/{won}/apply").json()["state"] == "applied"
    assert api.get(path).json()["stage"]["key"] == "won"
    gone = api.send("DELETE", f"{path}?propose=true").json()["changeset"]
    assert api.get(path).status_code == 200
    api.post(f"changes/{gone}/apply")
    assert api.get(path).status_code == 404
    back = api.post(f"{path}/restore?propose=true").json()["changeset"]
    api.post(f"changes/{back}/apply")
    assert api.get(path).status_code == 200
    new = api.post("opportunities?propose=true", {"name": "New"}).json()["changeset"]
    assert api.get("opportunities", q="new").json()["data"] == []
    api.post(f"changes/{new}/apply")
    assert [row["name"] for row in api.get("opportunities", fields="name", name="New").json()["data"]] == ["New"]
    many = api.post("opportunities/bulk?propose=true", {"where": {}, "set": {"next_step": "Call"}}).json()
    assert api.post(f"changes/{many['changeset']}/apply").json()["counts"]["updated"] == 2
    assert api.post("opportunities?propose=true", {"name": ""}).status_code == 422


def test_the_same_request_with_the_same_key_is_done_once(firm: Firm) -> None:
    api = firm["admin"]
    answers = [api.post("accounts", {"name": "Nord"}, **{"Idempotency-Key": "a1"}) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert answers[0]["Location"] == answers[1]["Location"]
    assert answers[1]["Idempotent-Replayed"] == "true"
    assert len(api.get("accounts").json()["data"]) == 1
    other = api.post("accounts", {"name": "Sud"}, **{"Idempotency-Key": "a1"})
    assert (other.status_code, other.json()["problems"][0]["code"]) == (422, "idempotency_mismatch")
    assert firm["all"].post("accounts", {"name": "Sud"}, **{"Idempotency-Key": "a1"}).status_code == 201
    assert api.post("accounts", {"name": "Sud"}, **{"Idempotency-Key": "a b"}).status_code == 400


def test_a_refused_request_leaves_its_key_unused(firm: Firm) -> None:
    api = firm["admin"]
    assert api.post("accounts", {"name": ""}, **{"Idempotency-Key": "a1"}).status_code == 422
    assert api.post("accounts", {"name": "Nord"}, **{"Idempotency-Key": "a1"}).status_code == 201


def test_a_session_needs_the_csrf_token_for_a_change(firm: Firm) -> None:
    from django.test import Client

    from tracte.records.people import User

    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(pk=firm.users["own"]))
    assert client.get("/api/v1/accounts").status_code == 200
    refused = client.post("/api/v1/accounts", '{"name": "x"}', content_type="application/json")
    assert (refused.status_code, refused.json()["problems"][0]["code"]) == (403, "csrf")
    token = "a" * 32
    client.cookies["tracte_csrf"] = token
    made = client.post(
        "/api/v1/accounts", '{"name": "x"}', content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert made.status_code == 201


def test_an_action_that_changes_another_record_tells_so_in_a_dry_run(firm: Firm) -> None:
    api = firm["admin"]
    contact = made(api, "contacts", {"last_name": "Puig"})
    point = made(api, "contact_points", {"contact": contact["id"], "kind": "email_work", "value": "x@y.example"})
    tried = api.post(f"contact_points/{point['id']}/make_primary?dry_run=true")
    assert tried.status_code == 200, tried.content
    assert "contact" in {one["entity"] for one in tried.json()["results"]}
    proposed = api.post(f"contact_points/{point['id']}/make_primary?propose=true").json()["changeset"]
    assert api.get(f"changes/{proposed}").status_code == 200
