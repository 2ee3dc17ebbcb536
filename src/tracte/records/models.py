"""All tables of the records room, for Django."""

from tracte.records.audit import AuditEntry
from tracte.records.changes import Change, ChangeSet, CreatedChunk, FieldSpan, StagedRow
from tracte.records.firm import Company, Currency, ExchangeRate, ValueItem
from tracte.records.people import Role, Team, Token, Unit, User
from tracte.records.tables import ExternalRef, Idempotency, MetaVersion, NumberSeries, Outbox, RecordLink, SearchRow
from tracte.records.tasks.models import Schedule, Task

__all__ = [
    "AuditEntry",
    "Change",
    "ChangeSet",
    "Company",
    "CreatedChunk",
    "Currency",
    "ExchangeRate",
    "ExternalRef",
    "FieldSpan",
    "Idempotency",
    "MetaVersion",
    "NumberSeries",
    "Outbox",
    "RecordLink",
    "Role",
    "Schedule",
    "SearchRow",
    "StagedRow",
    "Task",
    "Team",
    "Token",
    "Unit",
    "User",
    "ValueItem",
]
