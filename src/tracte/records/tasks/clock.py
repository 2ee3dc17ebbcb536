"""The one clock that leases and schedules obey: that of the database."""

from datetime import UTC, datetime

from django.db import connection


def database_now() -> datetime:
    """Return the present moment by the database's clock, in UTC.

    On PostgreSQL every worker machine thus shares one clock, and the time passes inside a transaction. An embedded
    SQLite has no clock but that of its one machine.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT clock_timestamp()")
            moment: datetime = cursor.fetchone()[0]
            return moment.astimezone(UTC)
        cursor.execute("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')")
        return datetime.fromisoformat(cursor.fetchone()[0]).replace(tzinfo=UTC)
