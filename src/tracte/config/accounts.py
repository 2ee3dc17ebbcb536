"""How people get an account: an administrator adds them. Nobody signs up from the outside."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from tracte.records.people import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """allauth's account rules with registration closed."""

    def is_open_for_signup(self, request: HttpRequest, **options: Any) -> bool:
        """Whether a visitor may make himself an account: never."""
        return False


class Accounts(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
    """allauth's sign-in. Who is signed in is asked on every page: by a statement that is put together once."""

    def get_user(self, user_id: Any) -> User | None:
        """The person behind a session, unless he may no longer sign in."""
        found = User.known(int(user_id))
        return found if found is not None and found.is_active else None
