"""The API does what its OpenAPI document says, whatever is sent to it, and never breaks (schemathesis)."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi import checks as rules

from tracte.records.people import Token, User

Firm = Any
# The code is the same for every entity: these have all kinds of fields, links, actions, a parent, a directory.
PLURALS = ("opportunities", "notes", "contacts", "contact_points", "stages", "roles")
EXAMPLES = 4
CHECKS = [
    schemathesis.checks.not_a_server_error,
    rules.status_code_conformance,
    rules.content_type_conformance,
    rules.response_schema_conformance,
    rules.response_headers_conformance,
]
load_all_checks()


@schemathesis.serializer("application/toml")
def as_text(ctx: Any, value: Any) -> bytes:
    """A part that should be TOML, and is whatever was made up."""
    return str(value).encode("utf-8", "surrogatepass")


@pytest.fixture
def application(firm: Firm) -> Iterator[Any]:
    """The server in this process. As in Django's own client, requests leave the test's transaction alone."""
    application = get_wsgi_application()
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield application
    for signal in signals:
        signal.connect(close_old_connections)


def wanted(path: str) -> bool:
    first = path.split("/")[1]
    return first in PLURALS or first in ("changes", "imports", "search", "meta", "tasks")


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_what_is_sent_is_answered_as_described(
    firm: Firm, application: Any, mode: GenerationMode, subtests: pytest.Subtests
) -> None:
    key = Token.issue(User.objects.get(pk=firm.users["admin"]), "conformance")
    headers = {"Authorization": f"Bearer {key}"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application, headers=headers)
    account = firm.make("account", {"name": "Nord"})
    contact = firm.make("contact", {"last_name": "Puig", "account": account})
    known = {
        "opportunities": firm.make("opportunity", {"name": "Deal", "account": account, "amount": 5}),
        "notes": firm.make("note", {"body": "x", "about": [account]}),
        "contacts": contact,
        "contact_points": firm.make("contact_point", {"contact": contact, "value": "x@y.example"}),
    }
    tried = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if wanted(operation.path):
            tried += 1
            with subtests.test(operation=operation.label):
                try_out(operation, mode, headers, known.get(operation.path.split("/")[1]))
    assert tried > 40


def try_out(operation: Any, mode: GenerationMode, headers: dict[str, str], record: str | None) -> None:
    """Send generated requests to one operation; half of them about a record that is there."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), there=st.booleans())
    def run(case: Any, there: bool) -> None:
        if there and record and "record" in (case.path_parameters or {}):
            case.path_parameters["record"] = record
        response = case.call(headers=headers)
        case.validate_response(response, checks=CHECKS, headers=headers)

    run()
