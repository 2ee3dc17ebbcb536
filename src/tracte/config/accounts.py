"""How people get an account: an administrator adds them. Nobody signs up from the outside."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """allauth's account rules with registration closed."""

    def is_open_for_signup(self, request: HttpRequest, **options: Any) -> bool:
        """Whether a visitor may make himself an account: never."""
        return False
