"""A small firm to ask the API about: people of every reach, and a client for each."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tracte.config.registration import installed_modules
from tracte.kernel.actor import OPERATOR, VERBS
from tracte.kernel.ids import encode
from tracte.records import door
from tracte.records.people import Role, Token, User

EVERYTHING = dict.fromkeys(VERBS, "all")


class Api:
    """Asks as one person."""

    def __init__(self, key: str | None) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {key}"} if key else {})

    def get(self, path: str, **params: Any) -> HttpResponse:
        return self.client.get(f"/api/v1/{path}", params)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """Any other method, with a JSON body (text is sent as it is)."""
        data = "" if body is None else body if isinstance(body, str | bytes) else json.dumps(body)
        kind = "application/json" if body is not None else ""
        return self.client.generic(method, f"/api/v1/{path}", data, content_type=kind, headers=headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> HttpResponse:
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> HttpResponse:
        return self.send("DELETE", path, **headers)


@dataclass
class Firm:
    """People by name, and what they made."""

    users: dict[str, int] = field(default_factory=dict)
    teams: dict[str, int] = field(default_factory=dict)
    apis: dict[str, Api] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Api:
        return self.apis[name]

    def make(self, entity: str, values: dict[str, Any], owner: str | None = None) -> str:
        """A record made by the system for somebody; gives its public id."""
        given = dict(values)
        if owner:
            given["owner"] = encode(self.users[owner])
        return encode(door.create(OPERATOR, entity, given, origin="cli", strict=True).id)


def _role(name: str, grants: Any, masks: Any = None) -> int:
    values = {"name": name, "grants": grants, "masks": masks or {}}
    return door.create(OPERATOR, "role", values, origin="cli", strict=True).id


@pytest.fixture
def firm(db: None) -> Firm:
    """Reaches: admin, all, team, own, viewer (changes nothing), masked (no turnover, e-mail, amount), nobody."""
    for module in installed_modules():
        if module.seed is not None:
            module.seed()
    made = Firm()
    for team in ("north", "south"):
        made.teams[team] = door.create(OPERATOR, "team", {"name": team}, origin="cli").id
    hidden = {
        "account": {"turnover": "hidden", "email": "hidden", "industry": "readonly"},
        "opportunity": {"amount": "hidden", "weighted": "hidden"},
    }
    roles = {
        "all": _role("all", {"*": EVERYTHING}),
        "team": _role("team", {"*": dict.fromkeys(VERBS, "team")}),
        "own": _role("own", {"*": dict.fromkeys(VERBS, "own")}),
        "viewer": _role("viewer", {"*": {"view": "all"}}),
        "masked": _role("masked", {"*": EVERYTHING}, hidden),
        "nobody": _role("nobody", {}),
    }
    people = {
        "admin": (None, None),
        "all": ("all", "south"),
        "team": ("team", "north"),
        "mate": ("team", "north"),
        "own": ("own", "north"),
        "stranger": ("own", "south"),
        "viewer": ("viewer", "south"),
        "masked": ("masked", "south"),
        "nobody": ("nobody", "south"),
    }
    for name, (role, team) in people.items():
        values: dict[str, Any] = {"name": name.title(), "email": f"{name}@firm.example", "is_admin": role is None}
        values["roles"] = [encode(roles[role])] if role else []
        values["teams"] = [encode(made.teams[team])] if team else []
        made.users[name] = door.create(OPERATOR, "user", values, origin="cli", strict=True).id
        made.apis[name] = Api(Token.issue(User.objects.get(pk=made.users[name]), "test"))
    made.apis["anonymous"] = Api(None)
    assert Role.objects.count() > len(roles)
    return made
