"""Tracte as an app: the manifest, its icons, and that Chromium would install it."""

import json
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tracte.web.views.install import PAPER

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def manifest(db: None) -> dict[str, Any]:
    answer = Client().get("/manifest.webmanifest")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/manifest+json"
    found: dict[str, Any] = json.loads(answer.content)
    return found


def test_nobody_needs_to_sign_in_to_read_the_manifest(manifest: dict[str, Any]) -> None:
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/", "/", "standalone")
    assert manifest["theme_color"] == PAPER


def test_every_icon_is_there_in_the_size_it_claims(manifest: dict[str, Any]) -> None:
    purposes = set()
    for icon in manifest["icons"]:
        path = finders.find(icon["src"].removeprefix("/static/"))
        assert isinstance(path, str), icon["src"]
        with Path(path).open("rb") as file:
            head = file.read(24)
        assert head.startswith(b"\x89PNG")
        width, height = struct.unpack(">II", head[16:24])
        assert f"{width}x{height}" == icon["sizes"]
        purposes.add((icon["purpose"], width))
    assert {("any", 192), ("any", 512), ("maskable", 512)} <= purposes


@pytest.mark.browser
def test_chromium_finds_nothing_against_installing_it(server: str, page: "Page") -> None:
    page.goto("/auth/login/")
    chromium = page.context.new_cdp_session(page)
    read = chromium.send("Page.getAppManifest")
    assert read["url"].endswith("/manifest.webmanifest")
    assert not read["errors"]
    assert json.loads(read["data"])["short_name"] == "Tracte"
    errors = [one["errorId"] for one in chromium.send("Page.getInstallabilityErrors")["installabilityErrors"]]
    assert [one for one in errors if one != "in-incognito"] == []  # every test has a private window of its own
