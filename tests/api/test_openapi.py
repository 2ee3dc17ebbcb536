"""The OpenAPI document: valid, complete, and cut to the reader's rights."""

import json
from typing import Any

from django.test import Client
from openapi_spec_validator import validate

from tracte.meta.registry import registry

Firm = Any


def document(firm: Firm, name: str) -> Any:
    response = firm[name].get("openapi.json")
    assert response.status_code == 200
    return response.json()


def test_the_document_is_valid_for_everybody(firm: Firm) -> None:
    for name in ("admin", "own", "viewer", "masked", "nobody"):
        validate(document(firm, name))


def test_every_entity_is_in_it_with_all_its_operations(firm: Firm) -> None:
    paths = document(firm, "admin")["paths"]
    for spec in registry():
        assert {"get", "post"} == paths[f"/{spec.plural}"].keys()
        assert {"get", "patch", "delete", "parameters"} == paths[f"/{spec.plural}/{{record}}"].keys()
        for below in ("aggregate", "bulk", "{record}/timeline", "{record}/restore"):
            assert f"/{spec.plural}/{below}" in paths
        for action in spec.actions:
            assert f"/{spec.plural}/{{record}}/{action}" in paths


def test_it_shows_no_entity_verb_or_field_the_reader_has_no_right_to(firm: Firm) -> None:
    viewer = document(firm, "viewer")
    assert all(item.keys() <= {"get", "parameters"} for path, item in viewer["paths"].items() if "account" in path)
    masked = json.dumps(document(firm, "masked")["components"]["schemas"]["Account"])
    assert "turnover" not in masked
    nobody = document(firm, "nobody")["paths"]
    assert "/accounts" not in nobody
    assert "/stages" in nobody


def test_it_is_not_for_strangers(firm: Firm) -> None:
    for path in ("openapi.json", "meta"):
        assert firm["anonymous"].get(path).status_code == 401
    assert Client().get("/api/docs").headers["Location"].startswith("/auth/login")


def test_the_page_for_people_tells_every_operation_without_foreign_assets(firm: Firm) -> None:
    response = firm["admin"].client.get("/api/docs")
    text = response.content.decode()
    assert response.status_code == 200
    assert "POST</b> <code>/api/v1/opportunities/{record}/win" in text
    assert "http://" not in text
    assert "<script" not in text
    assert " style=" not in text


def test_what_there_is_is_told_with_the_readers_rights(firm: Firm) -> None:
    entities = {one["key"]: one for one in firm["masked"].get("meta").json()["entities"]}
    assert entities["account"]["rights"]["edit"] == "all"
    fields = {one["name"]: one for one in entities["account"]["fields"]}
    assert "turnover" not in fields
    assert fields["industry"]["read_only"]
    assert "account" not in {one["key"] for one in firm["nobody"].get("meta").json()["entities"]}
