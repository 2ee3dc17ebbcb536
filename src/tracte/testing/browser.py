"""A real server and a real browser for tests: granian in a process of its own, headless Chromium."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from tracte.config.supervisor import die_with_parent
from tracte.testing import needs

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Response

START_SECONDS = 30
# Pages without the script of the product have nothing to wait for.
MOUNTED = "html[data-mounted], html:not(:has(script[type=module]))"
CHROMIUM_FLAGS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def free_port() -> int:
    """A port nobody listens on now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def database_url() -> str:
    """The address of the database the tests are using, for a process of its own."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite://{values['NAME']}"
    return f"postgresql://{values['USER']}@/{values['NAME']}?host={values['HOST']}"


def wait_until_answering(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return when a server answers at `url`, with any status. Raises AssertionError with its log when it does not."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=START_SECONDS):
                return
        except urllib.error.HTTPError as error:
            error.close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the server did not start:\n{log.read_text(errors='replace')}") from None
            time.sleep(0.05)


@pytest.fixture(scope="session")
def server_process(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a real server on the test database, one for the whole run of this worker."""
    log = tmp_path_factory.mktemp("server") / "log"
    port = free_port()
    with django_db_blocker.unblock():
        environment = {**os.environ, "TRACTE_TEST_DATABASE_URL": database_url(), "TRACTE_SUPERVISED": "1"}
    command = ["-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-access-log"]
    command += ["--workers", "1", "--blocking-threads", "2", "tracte.testing.served:application"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            env=environment,
            stdout=output,
            stderr=output,
            preexec_fn=die_with_parent,  # noqa: PLW1509  # a run that is killed leaves no server behind
        )
    try:
        wait_until_answering(f"http://127.0.0.1:{port}/static/", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture
def server(server_process: str, transactional_db: None) -> str:
    """The address of a real server that sees what the test commits."""
    return server_process


@pytest.fixture
def worker(server: str, tmp_path: Path) -> Iterator[None]:
    """A real background worker beside the server."""
    environment = {
        **os.environ,
        "TRACTE_TEST_DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "tracte.testing.settings",
    }
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "django", "worker"],
            env=environment,
            stdout=log,
            stderr=log,
            preexec_fn=die_with_parent,  # noqa: PLW1509  # a run that is killed leaves no worker behind
        )
    yield
    process.terminate()
    process.wait(timeout=30)


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """Headless Chromium, one for the whole run of this worker."""
    # Loaded here: a run without browser tests should not pay for the driver.
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    flags = [*CHROMIUM_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=needs.chromium(), args=flags)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: "Browser", server: str) -> "Iterator[BrowserContext]":
    """A browser window of its own, 1440 wide, that fails the test when a page throws or breaks the content policy."""
    context = chromium.new_context(base_url=server, viewport={"width": 1440, "height": 900}, locale="en-GB")
    context.set_default_timeout(10_000)
    complaints: list[str] = []
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("console", lambda message: complaints.append(message.text) if _is_complaint(message) else None)
    yield context
    context.close()
    assert not complaints, "the browser complained:\n" + "\n".join(complaints)


def _is_complaint(message: Any) -> bool:
    return "Content Security Policy" in message.text or "TrustedHTML" in message.text or "TrustedScript" in message.text


@pytest.fixture
def page(context: "BrowserContext") -> "Page":
    """A page of that window; `page.goto("/contacts/")` comes back when the page's script listens to keys and clicks,
    `page.goto("/contacts/", wait_until="commit")` long before."""
    page = context.new_page()
    goto = page.goto

    def goto_and_mount(*args: Any, **kwargs: Any) -> "Response | None":
        answer = goto(*args, **kwargs)
        if kwargs.get("wait_until") != "commit":
            page.wait_for_selector(MOUNTED, state="attached")
        return answer

    page.goto = goto_and_mount  # type: ignore[method-assign]
    return page


@pytest.fixture
def sign_in(context: "BrowserContext", server: str) -> "Callable[[Any], None]":
    """Sign a person in without the sign-in page: `sign_in(user)`."""

    def _sign_in(user: Any) -> None:
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": server}])

    return _sign_in
