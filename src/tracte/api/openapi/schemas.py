"""JSON Schemas (2020-12) of what goes in and comes out, from the kinds."""

from collections.abc import Iterable, Mapping
from typing import Any

from tracte.engine.exporting import FORMATS
from tracte.kernel import ids
from tracte.kernel.actor import Actor
from tracte.meta.kinds.base import Context, Kind
from tracte.meta.registry import EntitySpec
from tracte.records.changes import State

Schema = dict[str, Any]
NULL: Schema = {"type": "null"}
ID: Schema = {"type": "string", "pattern": ids.PATTERN, "description": "Id of a record."}
TIME: Schema = {"type": ["string", "null"], "format": "date-time"}
NUMBER: Schema = {"type": "integer"}
VERBS = ("created", "updated", "unchanged", "deleted", "restored", "warnings", "problems")


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def or_null(schema: Schema) -> Schema:
    """The schema, or nothing."""
    if isinstance(schema.get("type"), str) and "enum" not in schema:
        return schema | {"type": [schema["type"], "null"]}
    return {"anyOf": [schema, NULL]}


def object_of(properties: Mapping[str, Schema], required: Iterable[str] | None = None, **more: Any) -> Schema:
    """An object; everything required unless said otherwise, nothing else allowed unless said otherwise."""
    names = list(properties) if required is None else list(required)
    schema: Schema = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    return schema | ({"required": names} if names else {}) | more


def list_of(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def pascal(key: str) -> str:
    """``contact_point`` as ``ContactPoint``."""
    return "".join(word.capitalize() for word in key.split("_"))


# -- entities --------------------------------------------------------------------------------------------------------
def shown_field(kind: Kind) -> Schema:
    """A field in an answer."""
    if kind.key == "many_references":
        schema = list_of(ref("Reference"))
    elif getattr(kind, "to", None) is not None:
        schema = ref("Reference")
    else:
        schema = kind.json_schema()
    return or_null(schema) | _words(kind)


def given_field(kind: Kind, ctx: Context) -> Schema:
    """A field in a body: what an answer shows may be sent back, and what is shorter to write."""
    if kind.key == "many_references":
        schema = list_of(_reference(kind)) | {"maxItems": 100}
    elif getattr(kind, "to", None) is not None:
        schema = _reference(kind)
    elif kind.key == "money":
        amount = {"type": "number", "description": "In the company's currency."}
        schema = {"anyOf": [kind.json_schema(), amount, {"type": "string"}]}
    elif kind.numeric or kind.key in ("percent", "decimal", "integer", "duration"):
        schema = {"anyOf": [kind.json_schema(), {"type": "number"}, {"type": "string"}]}
    else:
        schema = _with_options(kind, kind.json_schema(), ctx)
    if kind.key == "phone":
        schema = {"type": "string", "description": "With its prefix, or as dialled in the company's country."}
    return or_null(schema) | _words(kind)


def _reference(kind: Kind) -> Schema:
    text: Schema = {"type": "string", "description": f"id of a {kind.to}, or its key"}  # type: ignore[attr-defined]
    return {"anyOf": [text, ref("GivenReference")]}


def _with_options(kind: Kind, schema: Schema, ctx: Context) -> Schema:
    """The keys of a value list that are still offered."""
    options = getattr(kind, "options", None)
    if not callable(options):
        return schema
    keys = [option.key for option in options(ctx).values() if not option.retired]
    if not keys:
        return schema
    if schema.get("type") == "array":
        return schema | {"items": schema["items"] | {"enum": keys}}
    return schema | {"enum": keys}


def _words(kind: Kind) -> Schema:
    words: Schema = {"title": str(kind.label)}
    if str(kind.help):
        words["description"] = str(kind.help)
    if kind.read_only:
        words["readOnly"] = True
    return words


def writable(spec: EntitySpec, actor: Actor) -> dict[str, Kind]:
    """Fields the actor may send."""
    return {
        name: kind
        for name, kind in spec.fields.items()
        if not (kind.read_only or kind.key == "computed" or actor.locks(spec.key, name))
    }


def entity_schemas(spec: EntitySpec, actor: Actor, ctx: Context) -> dict[str, Schema]:
    """``Contact``, ``ContactCreate`` and ``ContactChange``."""
    name = pascal(spec.key)
    shown: dict[str, Schema] = {"id": ID, "version": NUMBER, "title": {"type": "string"}}
    shown |= {field: shown_field(kind) for field, kind in spec.fields.items() if not actor.hides(spec.key, field)}
    shown["warnings"] = list_of(ref("ProblemItem")) | {"description": "After a write: what to look at again."}
    given = {field: given_field(kind, ctx) for field, kind in writable(spec, actor).items()}
    needed = [
        field
        for field, kind in writable(spec, actor).items()
        if kind.required and kind.default is None and kind.key != "yes_no"
    ]
    paths = {"description": "With `fields=` also paths through references, as `account.name`."}
    return {
        name: object_of(shown, ["id"]) | {"additionalProperties": True} | paths,
        f"{name}Create": object_of(given, needed),
        f"{name}Change": object_of(given, [], minProperties=0),
    }


# -- what all entities share -------------------------------------------------------------------------------------------
def common_schemas() -> dict[str, Schema]:
    text: Schema = {"type": "string"}
    maybe: Schema = {"type": ["string", "null"]}
    by = object_of({"id": maybe, "title": text})
    counts = object_of(dict.fromkeys(VERBS, NUMBER))
    fields: Schema = {
        "type": "object",
        "additionalProperties": {"type": "array", "minItems": 2, "maxItems": 2},
        "description": "Before and after by field.",
    }
    change = object_of({"entity": text, "id": maybe, "title": maybe, "verb": text, "at": TIME, "fields": fields})
    changeset: dict[str, Schema] = {
        "id": NUMBER,
        "state": {"type": "string", "enum": list(State.values)},
        "origin": text,
        "title": text,
        "by": by,
        "created_at": TIME,
        "applied_at": TIME,
        "undo_of": {"type": ["integer", "null"]},
        "done": NUMBER,
        "total": {"type": ["integer", "null"]},
        "counts": counts,
    }
    record = object_of({"entity": text, "id": text, "title": text})
    return {
        "ProblemItem": object_of(
            {"field": maybe, "code": text, "message": text, "row": NUMBER}, ["field", "code", "message"]
        ),
        "Problem": object_of(
            {"type": text, "title": text, "status": NUMBER, "problems": list_of(ref("ProblemItem"))},
            description="RFC 9457.",
        ),
        "Reference": object_of({"id": text, "title": text, "key": text}, ["id", "title"]),
        "GivenReference": object_of({"id": text, "title": text, "key": text}, ["id"]),
        "ChangeSet": object_of(changeset),
        "ChangeSetWithChanges": object_of(
            changeset
            | {
                "changes": list_of(change),
                "created": list_of(record),
                "next": maybe,
                "report": maybe | {"description": "Of an import: where its rows with problems or warnings are."},
            }
        ),
        "ChangeSetList": object_of({"data": list_of(ref("ChangeSet")), "next": maybe}),
        "Proposed": object_of({"changeset": NUMBER, "state": text, "counts": counts}),
        "Tried": object_of(
            {
                "dry_run": {"const": True},
                "results": list_of(
                    object_of(
                        {
                            "entity": text,
                            "id": maybe,
                            "verdict": text,
                            "problems": list_of(ref("ProblemItem")),
                            "changes": fields,
                        }
                    )
                ),
            }
        ),
        "Timeline": object_of(
            {
                "data": list_of(
                    object_of(
                        {
                            "kind": text,
                            "verb": text,
                            "at": TIME,
                            "by": by,
                            "changeset": {"type": ["integer", "null"]},
                            "fields": fields,
                            "id": maybe,
                            "title": text,
                        }
                    )
                ),
                "next": maybe,
            }
        ),
        "Totals": object_of({"data": list_of({"type": "object"})}),
        "Condition": {
            "description": 'Such as `["stage","eq","won"]`, `{"all": […]}`, `{"any": […]}`, `{"not": …}`.',
            "anyOf": [{"type": "array", "minItems": 2, "maxItems": 3}, {"type": "object", "maxProperties": 1}],
        },
        "BulkDone": object_of(
            {
                "changeset": {"type": ["integer", "null"]},
                "dry_run": {"type": "boolean"},
                **dict.fromkeys(VERBS, NUMBER),
                "results": list_of({"type": "object"}),
            },
            ["changeset", "dry_run", *VERBS],
        ),
        "Undo": object_of({name: {"type": "boolean"} for name in ("dry_run", "force", "with_dependants")}, []),
        "Undone": object_of(
            {
                "changeset": {"type": ["integer", "null"]},
                "dry_run": {"type": "boolean"},
                "undone": NUMBER,
                "kept": NUMBER,
                "conflicts": list_of(
                    object_of({"entity": text, "id": text, "field": maybe, "code": text, "message": text})
                ),
                "conflict_count": NUMBER,
            }
        ),
        "Hits": object_of(
            {"data": list_of(object_of(dict.fromkeys(("id", "entity", "plural", "title", "subtitle"), text)))}
        ),
        "Task": object_of(
            {
                "id": NUMBER,
                "job": text,
                "state": text,
                "finished": {"type": "boolean"},
                "done": NUMBER,
                "total": {"type": ["integer", "null"]},
                "note": text,
                "result": {},
                "cancel_requested": {"type": "boolean"},
                "created_at": TIME,
                "started_at": TIME,
                "finished_at": TIME,
            }
        ),
        "Handed": object_of({"task": NUMBER, "changeset": {"type": ["integer", "null"]}}),
        "Export": object_of(
            {
                "entity": text | {"description": "Plural of the entity."},
                "where": {"anyOf": [ref("Condition"), NULL]},
                "format": {"type": "string", "enum": list(FORMATS), "default": "csv"},
            },
            ["entity"],
        ),
        **_import_schemas(),
        "Empty": object_of({}),
    }


def _import_schemas() -> dict[str, Schema]:
    """The two ways to send an import."""
    toml: Schema = {"type": "string", "description": "The scenario as TOML."}
    table: Schema = {
        "type": "object",
        "description": "The same keys as in TOML.",
        "required": ["format", "name", "file"],
    }
    file: Schema = {"type": "string", "contentMediaType": "application/octet-stream"}
    files: Schema = {"type": "object", "additionalProperties": {"type": "string"}, "description": "Texts by file name."}
    return {
        "Import": object_of({"scenario": {"anyOf": [table, toml]}, "files": files}, ["scenario"]),
        "ImportForm": object_of(
            {
                "scenario": toml,
                "files": list_of(file) | {"description": "Each with the file name the scenario calls it by."},
            },
            ["scenario"],
            additionalProperties=True,
        ),
    }
