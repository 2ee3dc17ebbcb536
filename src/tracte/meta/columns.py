"""Database columns that Django lacks: exact decimals on both databases, and time-ordered record ids."""

from decimal import Decimal
from typing import Any

from django.db import models

from tracte.kernel.ids import new_id


class ScaledDecimalField(models.BigIntegerField):  # type: ignore[type-arg]
    """A decimal kept as a whole number of 10^-scale units.

    SQLite stores Django's DecimalField as a binary float, so sums drift; whole numbers add up exactly on both
    databases.

    :param scale: digits after the point (4 holds every ISO 4217 currency and rate of tax).
    """

    def __init__(self, *args: Any, scale: int = 4, **kwargs: Any) -> None:
        self.scale = scale
        self.unit = Decimal(1).scaleb(-scale)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"scale": self.scale}

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-self.scale)

    def to_python(self, value: Any) -> Any:
        return value if value is None or isinstance(value, Decimal) else Decimal(str(value))

    def get_prep_value(self, value: Any) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        return self.scaled(value if isinstance(value, Decimal) else Decimal(str(value)))

    def scaled(self, value: Decimal) -> int:
        """The whole number stored for ``value``; digits beyond the scale are rounded half to even."""
        return int(value.scaleb(self.scale).to_integral_value())


class RecordIdField(models.BigAutoField):  # type: ignore[type-arg]
    """Primary key of every record: 64-bit, time-ordered, made by the application (known before the insert)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("primary_key", True)
        kwargs.setdefault("default", new_id)
        super().__init__(*args, **kwargs)
