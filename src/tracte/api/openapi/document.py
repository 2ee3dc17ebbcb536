"""The OpenAPI document of what one actor may do."""

from collections.abc import Mapping, Sequence
from typing import Any

from tracte import __version__
from tracte.api.openapi import schemas
from tracte.api.openapi.schemas import Schema, list_of, object_of, pascal, ref
from tracte.kernel.actor import Actor, Level
from tracte.meta.entity import Action
from tracte.meta.registry import EntitySpec, registry
from tracte.records.changes import State
from tracte.records.query import MAX_PAGE, reach
from tracte.records.snapshot import Snapshot

Operation = dict[str, Any]
JSON = "application/json"

INTRO = """\
Every entity has the same operations. Values are canonical: decimals are strings, money is `{"amount", "currency"}`,
a reference is `{"id", "title"}` and may be sent as its id. What you may not see is answered like what does not exist.

Send `Authorization: Bearer …` with a token, or use the session of the pages (changes then need `X-CSRFToken`).
Refusals are problem documents (RFC 9457) that name every mistake at once. Repeat a request safely with an
`Idempotency-Key`: within 48 hours the same request gets the answer of the first.

A list takes, beside the parameters shown, any field as `field=value` or `field__op=value`
(`amount__gte=1000`, `stage__in=new,won`, `account.name__starts=nord`).\
"""


def document(actor: Actor, snapshot: Snapshot, base: str = "") -> dict[str, Any]:
    """OpenAPI 3.1 for the entities and verbs ``actor`` has any right to.

    :param base: address of this installation, ``https://crm.firm.example``.
    """
    seen = [spec for spec in registry() if reach(spec, actor, "view") is not Level.NONE]
    context = snapshot.context(actor)
    components = schemas.common_schemas()
    paths: dict[str, Any] = {}
    for spec in seen:
        components |= schemas.entity_schemas(spec, actor, context)
        for action in spec.actions.values():
            components[_action_schema(spec, action)] = _asked(spec, action, actor, context)
        paths |= _entity_paths(spec, actor)
    paths |= _shared_paths()
    if any(reach(spec, actor, "import") is not Level.NONE for spec in registry()):
        paths["/imports"] = {"post": _import()}
    tags = [{"name": spec.plural, "description": _about(spec)} for spec in seen]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tracte", "version": __version__, "description": INTRO},
        "servers": [{"url": f"{base}/api/v1"}],
        "security": [{"token": []}, {"session": []}],
        "tags": [*tags, {"name": "changes"}, {"name": "other"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "parameters": _parameters(),
            "responses": {"Refused": _response("Refused; the document says why.", ref("Problem"), _PROBLEM)},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "tracte_session"},
            },
        },
    }


_PROBLEM = "application/problem+json"
_FORM = "multipart/form-data"


def _about(spec: EntitySpec) -> str:
    return " ".join((type(spec.declaration).__doc__ or str(spec.declaration.label_plural)).split())


# -- parts -----------------------------------------------------------------------------------------------------------
def _parameters() -> dict[str, Any]:
    return {
        "record": _path("record", {"type": "string"}, "Id of the record."),
        "changeset": _path("changeset", {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}, "Number of the set."),
        "fields": _query(
            "fields", {"type": "string"}, "Fields to show, with commas; paths through references by dots."
        ),
        "limit": _query("limit", {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": 50}, "Rows a page."),
        "cursor": _query("cursor", {"type": "string"}, "`next` of the page before."),
        "q": _query("q", {"type": "string", "maxLength": 100}, "Words the record's text holds."),
        "filter": _query("filter", {"type": "string", "contentMediaType": JSON}, "A condition as JSON."),
        "sort": _query("sort", {"type": "string"}, "Fields with commas; `-` before one for descending."),
        "count": _query("count", {"type": "boolean"}, "Count too, up to a thousand."),
        "propose": _query("propose", {"type": "boolean"}, "Set aside for a decision instead of writing: 202."),
        "dry_run": _query("dry_run", {"type": "boolean"}, "Say what would happen, write nothing."),
        "if_match": _header("If-Match", '^("[1-9][0-9]{0,8}"|\\*)$', "The version you read, as `ETag` gave it."),
        "key": _header("Idempotency-Key", "^[!-~]{1,255}$", "Any text of your own, one for each request."),
    }


def _path(name: str, schema: Schema, about: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": about}


def _query(name: str, schema: Schema, about: str) -> Schema:
    return {"name": name, "in": "query", "schema": schema, "description": about}


def _header(name: str, pattern: str, about: str) -> Schema:
    return {"name": name, "in": "header", "schema": {"type": "string", "pattern": pattern}, "description": about}


def _use(*names: str) -> list[Schema]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _response(about: str, schema: Schema | None, media: str = JSON, headers: Mapping[str, str] | None = None) -> Schema:
    found: Schema = {"description": about}
    if schema is not None:
        found["content"] = {media: {"schema": schema}}
    if headers:
        found["headers"] = {name: {"schema": {"type": "string"}, "description": text} for name, text in headers.items()}
    return found


ETAG = {"ETag": "The version, in quotes."}
SET = {"Tracte-Changeset": "Number of the change set, when anything changed."}


def _operation(
    tag: str,
    name: str,
    summary: str,
    answers: Mapping[str, Schema],
    parameters: Sequence[str] = (),
    body: Schema | None = None,
    *,
    body_required: bool = True,
) -> Operation:
    found: Operation = {"operationId": name, "tags": [tag], "summary": summary}
    if parameters:
        found["parameters"] = _use(*parameters)
    if body is not None:
        found["requestBody"] = {"required": body_required, "content": {JSON: {"schema": body}}}
    refused = {"$ref": "#/components/responses/Refused"}
    return found | {"responses": dict(answers) | {"4XX": refused, "503": refused}}


# -- entities --------------------------------------------------------------------------------------------------------
def _entity_paths(spec: EntitySpec, actor: Actor) -> dict[str, Any]:
    """The operations of one entity the actor has any right to."""
    name, plural, tag = pascal(spec.key), spec.plural, spec.plural
    record = ref(name)
    page = object_of(
        {
            "data": list_of(record),
            "next": {"type": ["string", "null"]},
            "count": {"type": "integer"},
            "capped": {"type": "boolean"},
        },
        ["data", "next"],
    )
    tried, waiting = _response("What would happen.", ref("Tried")), _response("Proposed.", ref("Proposed"))
    may = {verb for verb in ("create", "edit", "delete", "bulk") if reach(spec, actor, verb) is not Level.NONE}
    label, many = str(spec.declaration.label), str(spec.declaration.label_plural)
    listed = ("q", "filter", "sort", "fields", "limit", "cursor", "count")
    whole: Operation = {
        "get": _operation(tag, f"list_{plural}", f"List: {many}", {"200": _response("A page.", page)}, listed)
    }
    one: Operation = {
        "parameters": _use("record"),
        "get": _operation(
            tag, f"read_{plural}", f"Read: {label}", {"200": _response("The record.", record, headers=ETAG)}, ["fields"]
        ),
    }
    done = _response("The record as it is now.", {"anyOf": [record, ref("Tried")]}, headers=ETAG | SET)
    if "create" in may:
        made = _response("Made.", record, headers=ETAG | SET | {"Location": "Where it is."})
        answers = {"201": made, "200": tried, "202": waiting}
        whole["post"] = _operation(
            tag, f"create_{plural}", f"Make: {label}", answers, ("propose", "dry_run", "key"), ref(f"{name}Create")
        )
    changing = ("propose", "dry_run", "if_match", "key")
    if "edit" in may:
        one["patch"] = _operation(
            tag, f"change_{plural}", f"Change: {label}", {"200": done, "202": waiting}, changing, ref(f"{name}Change")
        )
    if "delete" in may:
        gone = {"204": _response("In the bin.", None, headers=SET), "200": tried, "202": waiting}
        one["delete"] = _operation(tag, f"delete_{plural}", f"Put in the bin: {label}", gone, changing)
    paths: dict[str, Any] = {f"/{plural}": whole, f"/{plural}/{{record}}": one}
    paths |= _further_paths(spec, may, done, waiting)
    return paths


def _further_paths(spec: EntitySpec, may: set[str], done: Schema, waiting: Schema) -> dict[str, Any]:
    name, plural, tag = pascal(spec.key), spec.plural, spec.plural
    many, label = str(spec.declaration.label_plural), str(spec.declaration.label)
    group = _query("group", {"type": "string"}, "Fields to group by, with commas.")
    measure = _query("measure", {"type": "string", "default": "count"}, "`count`, `sum:amount` …, with commas.")
    totals = _operation(
        tag, f"total_{plural}", f"Totals: {many}", {"200": _response("Figures by group.", ref("Totals"))}
    )
    totals["parameters"] = [group, measure, *_use("q", "filter")]
    told = _operation(
        tag,
        f"timeline_{plural}",
        f"What happened: {label}",
        {"200": _response("Newest first.", ref("Timeline"))},
        ("limit", "cursor"),
    )
    paths: dict[str, Any] = {
        f"/{plural}/aggregate": {"get": totals},
        f"/{plural}/{{record}}/timeline": {"parameters": _use("record"), "get": told},
    }
    if {"bulk", "edit"} <= may:
        handed = _response("Proposed, or handed to a worker.", {"anyOf": [ref("Proposed"), ref("Handed")]})
        ids = list_of(schemas.ID) | {"minItems": 1, "maxItems": 1000, "uniqueItems": True}
        given = object_of(
            {
                "ids": ids,
                "where": ref("Condition"),
                "set": ref(f"{name}Change") | {"minProperties": 1},
                "dry_run": {"type": "boolean"},
            },
            ["set"],
        )
        answers = {"200": _response("Done.", ref("BulkDone"), headers=SET), "202": handed}
        about = f"Change many: {many}"
        paths[f"/{plural}/bulk"] = {
            "post": _operation(tag, f"bulk_{plural}", about, answers, ("propose", "key"), given)
        }
    answers = {"200": done, "202": waiting}
    if "delete" in may:
        operation = _operation(
            tag, f"restore_{plural}", f"Out of the bin: {label}", answers, ("propose", "dry_run", "key")
        )
        paths[f"/{plural}/{{record}}/restore"] = {"parameters": _use("record"), "post": operation}
    for action in spec.actions.values():
        if action.verb in may or action.verb == "view":
            operation = _operation(
                tag,
                f"{action.key}_{plural}",
                f"{action.label}: {label}",
                answers,
                ("propose", "dry_run", "if_match", "key"),
                ref(_action_schema(spec, action)),
                body_required=False,
            )
            paths[f"/{plural}/{{record}}/{action.key}"] = {"parameters": _use("record"), "post": operation}
    return paths


def _action_schema(spec: EntitySpec, action: Action) -> str:
    return pascal(spec.key) + pascal(action.key)


def _asked(spec: EntitySpec, action: Action, actor: Actor, context: Any) -> Schema:
    names = dict.fromkeys((*action.asks, *(schemas.writable(spec, actor) if action.gated else ())))
    asked = {
        name: schemas.given_field(spec.fields[name], context)
        for name in names
        if name in spec.fields and not actor.hides(spec.key, name)
    }
    taken = {name: schemas.given_field(kind, context) for name, kind in action.takes.items()}
    return object_of(asked | taken, [])


# -- the rest --------------------------------------------------------------------------------------------------------
def _shared_paths() -> dict[str, Any]:
    """Search, change sets, tasks, and what there is."""
    state = _query("state", {"type": "string", "enum": list(State.values)}, "Only sets in this state.")
    origins = ["ui", "api", "import", "cli", "task", "system"]
    origin = _query("origin", {"type": "string", "enum": origins}, "Only sets that came this way.")
    sets = _operation(
        "changes",
        "list_changes",
        "Change sets",
        {"200": _response("A page.", ref("ChangeSetList"))},
        ("limit", "cursor"),
    )
    sets["parameters"] = [*sets["parameters"], state, origin]
    entities = _query("entities", {"type": "string"}, "Plurals with commas: look only there.")
    hits = _operation("other", "search", "Search", {"200": _response("Best first.", ref("Hits"))})
    words = _query("q", {"type": "string", "maxLength": 100}, "What to look for.") | {"required": True}
    most = _query("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}, "Hits at most.")
    hits["parameters"] = [words, most, entities]
    task = _path("task", {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}, "Number of the task.")
    stands = {"200": _response("How it stands.", ref("Task"))}
    whole = {"200": _response("The set with its changes.", ref("ChangeSetWithChanges"))}
    decided = {"200": _response("The set.", ref("ChangeSet"), headers=SET)}
    undone = {
        "200": _response("What was taken back, and what not.", ref("Undone"), headers=SET),
        "202": _response("A large set: a worker takes it back.", ref("Handed"), headers={"Location": "The task."}),
    }
    fetched = _operation("other", "fetch_file", "The file an export made", {"200": {"description": "The file."}})
    reported = {"200": _response("A table.", {"type": "string"}, "text/csv")}
    handed = {"202": _response("A worker makes it.", ref("Handed"), headers={"Location": "The task."})}
    export = _operation("other", "export", "Export to a file", handed, ["key"], ref("Export"))
    paths: dict[str, Any] = {
        "/meta": {
            "get": _operation("other", "meta", "What there is", {"200": _response("Entities.", {"type": "object"})})
        },
        "/search": {"get": hits},
        "/tasks/{task}": {
            "parameters": [task],
            "get": _operation("other", "read_task", "A background task", stands),
            "delete": _operation("other", "cancel_task", "Cancel a background task", stands),
        },
        "/tasks/{task}/file": {"parameters": [task], "get": fetched},
        "/exports": {"post": export},
        "/changes": {"get": sets},
        "/changes/{changeset}/report": {
            "parameters": _use("changeset"),
            "get": _operation("changes", "read_report", "Rows of an import with problems or warnings", reported),
        },
        "/changes/{changeset}": {
            "parameters": _use("changeset"),
            "get": _operation("changes", "read_change", "A change set", whole, ("limit", "cursor")),
        },
    }
    for verb, about, answers, body in (
        ("apply", "Write a proposal", decided, "Empty"),
        ("reject", "Decide against a proposal", decided, "Empty"),
        ("undo", "Take a change set back", undone, "Undo"),
    ):
        operation = _operation("changes", f"{verb}_change", about, answers, ["key"], ref(body), body_required=False)
        paths[f"/changes/{{changeset}}/{verb}"] = {"parameters": _use("changeset"), "post": operation}
    return paths


def _import() -> Operation:
    """An import is sent as a form, the usual way for files, or as JSON when they are small."""
    about = {"Location": "The task.", "Tracte-Changeset": "Number of the change set."}
    handed = {"202": _response("A worker does it; the change set is there at once.", ref("Handed"), headers=about)}
    found = _operation("other", "import", "Import files by a scenario", handed, ("dry_run", "key"), ref("Import"))
    found["description"] = (
        "Up to 200 MB as a form, 5 MB as JSON. With `dry_run` the change set stays a draft: its counts and its report "
        "tell what would happen. A mistake in the scenario is named by its line (TOML) or key (JSON)."
    )
    encoding = {"scenario": {"contentType": "application/toml, text/plain"}}
    found["requestBody"]["content"][_FORM] = {"schema": ref("ImportForm"), "encoding": encoding}
    return found
