"""Specimen pages in a real Chromium, answered by Django itself without a server of its own."""

import mimetypes
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tracte.web import menu, navigation

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

HOST = "http://localhost"  # a browser trusts this name without TLS
Open = Callable[..., "Page"]


def answer_from_here(route: "Route") -> None:
    """Let Django, in this very process, answer what the browser asks for."""
    request = route.request
    address = urlsplit(request.url)
    if address.path.startswith("/static/"):
        found = finders.find(address.path.removeprefix("/static/"))
        if not found:
            route.fulfill(status=404)
            return
        kind = mimetypes.guess_type(found)[0] or "application/octet-stream"
        route.fulfill(body=Path(found).read_bytes(), headers={"Content-Type": kind})
        return
    headers = request.all_headers()
    path = address.path + (f"?{address.query}" if address.query else "")
    response = Client(raise_request_exception=False).generic(
        request.method,
        path,
        request.post_data_buffer or b"",
        headers.get("content-type", "application/x-www-form-urlencoded"),
        headers={name: value for name, value in headers.items() if not name.startswith(":") and name != "content-type"},
    )
    answered = dict(response.headers.items())
    if response.cookies:
        answered["Set-Cookie"] = "\n".join(morsel.OutputString() for morsel in response.cookies.values())
    route.fulfill(status=response.status_code, headers=answered, body=response.content)


@pytest.fixture
def specimen(chromium: "Browser", db: None, settings: Any) -> Iterator[Open]:
    """Open a specimen page: `specimen("list", 390, "dark")`; fails the test when a page breaks the content policy."""
    settings.ROOT_URLCONF = "tests.web.specimen_urls"
    contexts: list[BrowserContext] = []
    complaints: list[str] = []
    expected: list[str] = []

    def open_(name: str, width: int = 1440, theme: str = "light", height: int = 900, **options: Any) -> "Page":
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            base_url=HOST,
            color_scheme=theme,
            reduced_motion="reduce",
            **options,
        )  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(8_000)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on(
            "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
        )
        context.route("**/*", answer_from_here)
        page = context.new_page()
        page.goto(name if name.startswith("/") else f"/specimens/{name}", wait_until="networkidle")
        return page

    open_.expected = expected  # type: ignore[attr-defined]  # what a test provokes on purpose
    yield open_
    for context in contexts:
        context.close()
    menu.provide(navigation.with_pins)
    # A 422 or a 500 that a test asks for is logged by the browser as a failed resource; that is not a complaint.
    real = [text for text in complaints if not text.startswith(("Failed to load resource", *expected))]
    assert not real, "the browser complained:\n" + "\n".join(real)
