"""All tables of the records room, for Django."""

from tracte.records.audit import AuditEntry
from tracte.records.changes import Change, ChangeSet, CreatedChunk, FieldSpan, StagedRow
from tracte.records.firm import Company, Currency, ExchangeRate, ValueItem
from tracte.records.people import Role, Team, Token, Unit, User
from tracte.records.sharing import Delegation, FieldGroup, Group, SharingRule
from tracte.records.tables import ExternalRef, Idempotency, MetaVersion, NumberSeries, Outbox, RecordLink, SearchRow
from tracte.records.tasks.models import Schedule, Task

__all__ = [
    "AuditEntry",
    "Change",
    "ChangeSet",
    "Company",
    "CreatedChunk",
    "Currency",
    "Delegation",
    "ExchangeRate",
    "ExternalRef",
    "FieldGroup",
    "FieldSpan",
    "Group",
    "Idempotency",
    "MetaVersion",
    "NumberSeries",
    "Outbox",
    "RecordLink",
    "Role",
    "Schedule",
    "SearchRow",
    "SharingRule",
    "StagedRow",
    "Task",
    "Team",
    "Token",
    "Unit",
    "User",
    "ValueItem",
]
