"""The API told to machines (OpenAPI) and to people (a page made from it)."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from tracte.api.answers import Refused, answer, problem
from tracte.api.auth import SAFE, user_of
from tracte.api.dispatch import Call
from tracte.api.openapi.document import document as openapi
from tracte.records import snapshot as snapshots

METHODS = ("get", "post", "patch", "delete")


def document(call: Call) -> HttpResponse:
    """``GET /openapi.json``."""
    call.params.finish()
    return answer(openapi(call.actor, call.snapshot, settings.TRACTE_BASE_URL or ""))


def page(request: HttpRequest) -> HttpResponse:
    """``GET /api/docs``: for people, in their language, with what they may do."""
    if request.method not in SAFE:
        return problem(405, headers={"Allow": "GET, HEAD"})
    try:
        asker = user_of(request)
    except Refused:
        return redirect_to_login(request.get_full_path())
    with snapshots.held() as snapshot:
        member = snapshot.members.get(asker.user_id)
        if member is None or not member.active:
            return redirect_to_login(request.get_full_path())
        actor = asker.scope.applied(snapshot.actor(asker.user_id))
        with translation.override(actor.language):
            found = openapi(actor, snapshot, settings.TRACTE_BASE_URL or "")
            context = {"api": found, "intro": found["info"]["description"].split("\n\n"), "tags": list(_tags(found))}
            return render(request, "api/docs.html", context)


def _tags(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Operations by tag, as the template shows them."""
    for tag in found["tags"]:
        shown = []
        for path, item in found["paths"].items():
            for method in METHODS:
                operation = item.get(method)
                if operation is not None and tag["name"] in operation["tags"]:
                    shown.append(_operation(found, path, method, operation, item.get("parameters", [])))
        yield {"name": tag["name"], "about": tag.get("description", ""), "operations": shown}


def _operation(
    found: dict[str, Any], path: str, method: str, operation: dict[str, Any], shared: list[Any]
) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": f"/api/v1{path}",
        "summary": operation["summary"],
        "parameters": [_resolved(found, one) for one in (*shared, *operation.get("parameters", []))],
        "fields": list(_fields(_resolved(found, body))) if body else [],
        "answers": [
            {"status": status, "about": _resolved(found, one)["description"]}
            for status, one in operation["responses"].items()
        ],
    }


def _resolved(found: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """A part, or what its reference names."""
    if "$ref" not in part:
        return part
    target: Any = found
    for word in part["$ref"].removeprefix("#/").split("/"):
        target = target[word]
    return {**target, **{key: value for key, value in part.items() if key != "$ref"}}


def _fields(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    needed = schema.get("required", [])
    for name, field in schema.get("properties", {}).items():
        yield {
            "name": name,
            "type": _type(field),
            "required": name in needed,
            "about": field.get("description") or field.get("title", ""),
            "values": field.get("enum") or next((one["enum"] for one in field.get("anyOf", ()) if "enum" in one), []),
        }


def _type(schema: dict[str, Any]) -> str:
    """A schema in a word or two."""
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[-1])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(one) for one in schema["anyOf"]))
    kind = schema.get("type", "any")
    text = " | ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{text} ({schema['format']})" if "format" in schema else text
