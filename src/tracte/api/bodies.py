"""Reading what a client sends: JSON, strictly."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError

from tracte.api.answers import Refused
from tracte.kernel.problems import Problem, Rejected
from tracte.meta.kinds.base import Kind
from tracte.meta.registry import EntitySpec

MAX_DEPTH = 20
MAX_NUMBER = 60
REFERENCE_KEYS = frozenset({"id", "title", "key"})


class _Bad(ValueError):
    """JSON that is well-formed to Python and wrong to us."""

    def __init__(self, code: str, **params: object) -> None:
        self.code, self.params = code, params
        super().__init__(code)


def read_json(text: str | bytes, *, field: str | None = None, status: int = 422) -> Any:
    """The value of a JSON text. Duplicate keys, ``NaN`` and bottomless nesting are refused; decimals stay exact.

    :param field: what the text was given as, for the problem.
    :raises Rejected: with ``status``.
    """
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_decimal, parse_int=_integer
        )
        _check_depth(value, 0)
    except _Bad as bad:
        raise Rejected([Problem(field, bad.code, bad.params)], status=status) from None
    except (ValueError, RecursionError):
        raise Rejected([Problem(field, "bad_json")], status=status) from None
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Bad("repeated_key", name=twice[:60])
    return found


def _constant(text: str) -> Any:
    raise _Bad("not_a_number", value=text)


def _decimal(text: str) -> Any:
    number = Decimal(text) if len(text) <= MAX_NUMBER else None
    if number is None or abs(number.adjusted()) > MAX_NUMBER:
        raise _Bad("not_a_number", value=text[:MAX_NUMBER])
    return number


def _integer(text: str) -> int:
    if len(text) > MAX_NUMBER:
        raise _Bad("not_a_number", value=text[:MAX_NUMBER])
    return int(text)


def _check_depth(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise _Bad("too_deep", limit=MAX_DEPTH)
    if isinstance(value, dict):
        for inner in value.values():
            _check_depth(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check_depth(inner, depth + 1)


def body_of(request: HttpRequest, *, optional: bool = False) -> dict[str, Any]:
    """The JSON object a request carries.

    :param optional: nothing at all counts as ``{}``.
    :raises Refused: 415 for another media type, 413 when too large; :raises Rejected: 422 when it is no JSON object.
    """
    sent_nothing = request.headers.get("Content-Length", "0") in ("", "0")
    if not (optional and sent_nothing) and request.content_type != "application/json":
        raise Refused(415, Problem(None, "json_expected"), headers={"Accept": "application/json"})
    try:
        raw = request.body
    except RequestDataTooBig:
        raise Refused(413, Problem(None, "too_large", {"max": "5 MB"})) from None
    except UnreadablePostError:
        raise Refused(400, Problem(None, "bad_json")) from None
    if optional and not raw:
        return {}
    value = read_json(raw)
    if not isinstance(value, dict):
        raise Rejected([Problem(None, "not_an_object")])
    return value


def no_body(request: HttpRequest) -> None:
    """:raises Rejected: when a request that takes no body carries one."""
    if request.headers.get("Content-Length", "0") not in ("", "0"):
        raise Rejected([Problem(None, "no_body")])


def only(body: Mapping[str, Any], *names: str) -> None:
    """:raises Rejected: naming every key of ``body`` that is not in ``names``."""
    unknown = [name for name in body if name not in names]
    if unknown:
        raise Rejected([Problem(name[:80], "unknown_field", {"name": name[:80]}) for name in unknown])


def flag(body: Mapping[str, Any], name: str) -> bool:
    """A ``true`` or ``false`` of a body, ``False`` when left out."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise Rejected([Problem(name, "not_yes_no")])
    return value


def raw_values(spec: EntitySpec, body: Mapping[str, Any], further: Mapping[str, Kind] | None = None) -> dict[str, Any]:
    """A body's values as the door reads them. A reference shown as ``{"id", "title"}`` may be sent back as it came.

    :param further: what an action takes besides fields.
    """
    known = {**spec.fields, **(further or {})}
    return {name: _plain(known.get(name), value) for name, value in body.items()}


def _plain(kind: Kind | None, value: Any) -> Any:
    if kind is None:
        return value
    if kind.key == "data":
        return _floats(value)
    if getattr(kind, "to", None) is None:
        return value
    if kind.key == "many_references" and isinstance(value, list):
        return [_reference(item) for item in value]
    return _reference(value)


def _reference(value: Any) -> Any:
    if isinstance(value, dict) and "id" in value and value.keys() <= REFERENCE_KEYS:
        return value["id"]
    return value


def _floats(value: Any) -> Any:
    """Free JSON is kept as JSON, whose numbers are floats."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: _floats(inner) for key, inner in value.items()}
    return [_floats(inner) for inner in value] if isinstance(value, list) else value
