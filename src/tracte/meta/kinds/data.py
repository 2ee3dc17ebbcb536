"""Structured settings kept as JSON: the grants of a role. Not offered in forms; screens of their own edit it."""

import json
from typing import Any, ClassVar

from django.db import models

from tracte.kernel.problems import Fault
from tracte.meta.kinds.base import Columns, Context, Kind


class Data(Kind):
    """A JSON object. Never filtered or sorted by."""

    key: ClassVar[str] = "data"
    operators: ClassVar[tuple[str, ...]] = ()
    sortable: ClassVar[bool] = False

    def db_fields(self) -> Columns:
        return {"": models.JSONField(null=True)}

    def parse(self, raw: Any, ctx: Context) -> Any:
        if raw is None or isinstance(raw, dict):
            return raw
        raise Fault("not_an_object")

    def text(self, value: Any, ctx: Context) -> str:
        return "" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "object"}
