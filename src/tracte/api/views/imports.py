"""Imports: a scenario with its files, checked at once and done in the background as one change set."""

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from tracte.api.answers import answer
from tracte.api.bodies import body_of, only
from tracte.api.dispatch import Call
from tracte.api.uploads import MULTIPART, form_of, too_large
from tracte.api.views.changes import set_id
from tracte.api.writes import REPLAYED, changeset_header, once
from tracte.engine.attachments import attachment
from tracte.engine.importing import receiving, wizard
from tracte.engine.importing.receiving import FIELD, Content, Given
from tracte.engine.importing.spec import MAX_SCENARIO
from tracte.engine.intake import Incoming
from tracte.kernel.problems import Problem, Rejected
from tracte.records import idempotency

FILE_PARTS = frozenset({"file", "files", "files[]"})


def start(call: Call) -> HttpResponse:
    """``POST /imports``, as a form with the files or as JSON: 202 with the task and the change set.

    With ``dry_run=true`` the set stays a draft that tells what would happen.
    """
    dry_run = call.params.flag("dry_run")
    call.params.finish()
    if call.request.content_type == MULTIPART:
        scenario, files, digest = _from_form(call)
    else:
        scenario, files = _from_json(call)
        digest = None
    sent = receiving.receive(call.actor, scenario, files)

    def run() -> HttpResponse:
        changeset, task = sent.begin(dry_run=dry_run)
        headers = {"Location": f"/api/v1/tasks/{task}"} | changeset_header(changeset)
        return answer({"task": task, "changeset": changeset}, 202, headers)

    try:
        response = once(call, run, digest)
    except BaseException:
        sent.discard()
        raise
    if REPLAYED in response.headers:
        sent.discard()
    return response


def _from_json(call: Call) -> tuple[Given, Mapping[str, Content]]:
    """``{"scenario": {…} or TOML text, "files": {"accounts.csv": "text"}}``."""
    body = body_of(call.request)
    only(body, FIELD, "files")
    raw, texts = body.get(FIELD), body.get("files", {})
    if not isinstance(raw, str | dict):
        raise Rejected([Problem(FIELD, "required" if raw is None else "not_text")])
    if not isinstance(texts, dict):
        raise Rejected([Problem("files", "not_an_object")])
    files: dict[str, Content] = {}
    problems = []
    for name, text in texts.items():
        try:
            files[name] = text.encode()
        except (AttributeError, UnicodeError):
            problems.append(Problem(f"files.{name[:80]}", "not_text"))
    if problems:
        raise Rejected(problems)
    return receiving.given(raw), files


def _from_form(call: Call) -> tuple[Given, Mapping[str, Content], str]:
    """A part ``scenario``, and the files: each called as the scenario calls it, by its file name or its part."""
    texts, parts = form_of(call.request)
    only(texts, FIELD)
    given: list[str | bytes] = [texts[FIELD]] if FIELD in texts else []
    files: dict[str, Content] = {}
    for part, file in parts:
        if part == FIELD:
            given.append(_small(file))
            continue
        name = str(file.name) if part in FILE_PARTS else part
        if name in files:
            raise Rejected([Problem(f"files.{name[:80]}", "repeated_key", {"name": name[:80]})])
        files[name] = file.path
    if len(given) != 1:
        code, params = ("repeated_key", {"name": FIELD}) if given else ("required", {})
        raise Rejected([Problem(FIELD, code, dict(params))])
    # The boundary between the parts is another each time a client sends the same files, so it does not count.
    said: list[Any] = [sorted(texts.items()), [[part, file.name, file.digest.hexdigest()] for part, file in parts]]
    digest = idempotency.digest_of("POST", call.request.get_full_path(), json.dumps(said).encode())
    return receiving.given(given[0]), files, digest


def _small(file: Incoming) -> bytes:
    if (file.size or 0) > MAX_SCENARIO:
        raise too_large("4 MB")
    return bytes(file.read())


def report(call: Call, changeset: str) -> HttpResponseBase:
    """``GET /changes/{id}/report``: the rows of an import that had problems or warnings, as CSV."""
    call.params.finish()
    number = set_id(changeset)
    path = wizard.report(number, call.actor)
    return attachment(path, f"report-{number}.csv")
