"""Record: what every entity's row has."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tracte.meta.columns import RecordIdField
from tracte.meta.kinds import DateTime, ManyReferences, Team, User
from tracte.meta.kinds.base import Kind
from tracte.records.guard import GuardedQuerySet, require_open


class SortKeyField(models.CharField):  # type: ignore[type-arg]
    """Folded text ordered by code point on both databases, so that a list sorts the same everywhere."""

    def db_parameters(self, connection: Any) -> Any:
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


class Record(models.Model):
    """Base of every entity: identity, owner, version, custom fields, and when it was made, changed and binned.

    ``title_key`` is the folded title, for sorting and prefix search. ``created_set`` is the change set that made it.
    """

    id = RecordIdField()
    version = models.IntegerField(default=1)
    title_key = SortKeyField(max_length=120, default="")
    cf = models.JSONField(default=dict)
    deleted_at = models.DateTimeField(null=True)
    created_set = models.BigIntegerField(null=True)

    owner = User(_("Owner"))
    team = Team(_("Team"))
    collaborators = ManyReferences(
        _("Collaborators"), to="user", help=_("They see the record and change it as if it were their own.")
    )
    created_at = DateTime(_("Created"), read_only=True)
    created_by = User(_("Created by"), read_only=True)
    modified_at = DateTime(_("Changed"), read_only=True)
    modified_by = User(_("Changed by"), read_only=True)

    declared: ClassVar[dict[str, Kind]]
    objects = GuardedQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        require_open("save")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        require_open("delete")
        return super().delete(*args, **kwargs)


def scope_indexes(name: str, *columns: str) -> list[models.Index]:
    """The three indexes that answer a sorted page for every reach: all, mine, my team's. The bin is left out.

    :param name: short unique prefix.
    :param columns: sort column(s); ``-`` in front for descending.
    """
    live = models.Q(deleted_at__isnull=True)
    sides = {"all": (), "own": ("owner",), "team": ("team",)}
    return [
        models.Index(fields=[*lead, *columns, "id"], name=f"{name}_{side}", condition=live)
        for side, lead in sides.items()
    ]
