"""The browser fixtures drive a real server."""

import pytest
from playwright.sync_api import Page


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_page_of_the_real_server_opens_in_chromium(page: Page, server: str) -> None:
    answer = page.goto(f"{server}/auth/login/")
    assert answer is not None
    assert answer.status == 200
