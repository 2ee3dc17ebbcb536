"""The people every rule is tried on: each reach, a masked field, no right at all, and a stranger."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpResponse
from django.test import Client

from tracte.config.registration import installed_modules
from tracte.kernel.actor import OPERATOR, VERBS, Actor
from tracte.kernel.ids import encode
from tracte.records import door
from tracte.records import snapshot as snapshots
from tracte.records.people import Token, User

EVERYTHING = dict.fromkeys(VERBS, "all")
REACHES: dict[str, Mapping[str, str]] = {
    "all": EVERYTHING,
    "team": dict.fromkeys(VERBS, "team"),
    "own": dict.fromkeys(VERBS, "own"),
    "viewer": {"view": "all"},
    "masked": EVERYTHING,
    "nobody": {},
}
PEOPLE: dict[str, tuple[str | None, str | None]] = {
    "admin": (None, None),
    "all": ("all", "south"),
    "team": ("team", "north"),
    "own": ("own", "north"),
    "stranger": ("own", "south"),
    "viewer": ("viewer", "south"),
    "masked": ("masked", "south"),
    "nobody": ("nobody", "south"),
}
"""Name → role and team. “own” of the north owns what is tried; “stranger” of the south owns something else."""

_PASSING = (
    (re.compile(r'(name="csrfmiddlewaretoken" value=|csrf-token" content=|X-CSRFToken(?:&quot;|"): ?)[^>,}]*'), r"\1"),
    (re.compile(r'nonce(="|-)[A-Za-z0-9_-]{20,}'), "nonce"),
)


@dataclass
class Person:
    """Somebody with an account, at the pages and at the API."""

    name: str
    id: int

    @cached_property
    def pages(self) -> Client:
        """A browser that is signed in."""
        client = Client()
        client.force_login(User.objects.get(pk=self.id))
        return client

    @cached_property
    def key(self) -> str:
        return Token.issue(User.objects.get(pk=self.id), "test")

    @property
    def actor(self) -> Actor:
        return snapshots.current().actor(self.id)

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """Ask the API: ``api("PATCH", "accounts/1", {…})``."""
        data = "" if body is None else body if isinstance(body, str | bytes) else json.dumps(body)
        given = {"Authorization": f"Bearer {self.key}", **headers}
        kind = "application/json" if body is not None else ""
        answer: Any = Client().generic(method, f"/api/v1/{path}", data, content_type=kind, headers=given)
        return answer  # type: ignore[no-any-return]


def plant() -> None:
    """What every module brings to a fresh home."""
    for module in installed_modules():
        if module.seed is not None:
            module.seed()


def hire(masks: Mapping[str, Mapping[str, str]] | None = None) -> dict[str, Person]:
    """The people by name, with their roles and teams.

    :param masks: fields “masked” may not see, ``{entity: {field: "hidden"}}``.
    """
    teams = {name: door.create(OPERATOR, "team", {"name": name}, origin="system").id for name in ("north", "south")}
    roles = {}
    for name, grants in REACHES.items():
        role = {"name": f"Role {name}", "grants": {"*": grants}, "masks": masks or {} if name == "masked" else {}}
        roles[name] = door.create(OPERATOR, "role", role, origin="system", strict=True).id
    people = {}
    for name, (reach, team) in PEOPLE.items():
        values: dict[str, Any] = {"name": name.title(), "email": f"{name}@people.example", "is_admin": reach is None}
        values |= {"roles": [encode(roles[reach])] if reach else [], "teams": [encode(teams[team])] if team else []}
        people[name] = Person(name, door.create(OPERATOR, "user", values, origin="system", strict=True).id)
    for person in people.values():  # signed in now: what a test makes is rolled back with it
        assert person.pages
        assert person.key
    return people


def plain(response: Any, *passing: str) -> tuple[int, str, dict[str, str]]:
    """An answer as whoever asked sees it, without what differs each time (nonces) and the texts in ``passing``."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    text = body.decode()
    for pattern, instead in _PASSING:
        text = pattern.sub(instead, text)
    headers = {n: v for n, v in response.headers.items() if n not in ("Set-Cookie", "Content-Security-Policy")}
    headers.pop("Content-Length", None)
    for one in passing:
        text = text.replace(one, "…")
        headers = {name: value.replace(one, "…") for name, value in headers.items()}
    return response.status_code, text, headers
