"""A run uses the database it says, through an ordinary role."""

import os

import pytest
from django.db import connection


@pytest.mark.django_db
def test_the_run_uses_the_database_it_says() -> None:
    assert connection.vendor == os.environ.get("TRACTE_TEST_DATABASE", "sqlite")


@pytest.mark.postgresql
@pytest.mark.django_db
def test_postgresql_is_used_through_an_ordinary_role_that_owns_its_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)
        cursor.execute(
            "SELECT pg_get_userbyid(datdba) = current_user FROM pg_database WHERE datname = current_database()"
        )
        assert cursor.fetchone() == (True,)
        cursor.execute("SELECT 'nube' <% 'nubes'")
        assert cursor.fetchone() == (True,)


@pytest.mark.sqlite
@pytest.mark.django_db
def test_sqlite_keeps_a_write_ahead_log() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone() == ("wal",)
