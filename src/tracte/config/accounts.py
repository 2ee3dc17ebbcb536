"""How people get an account: an administrator adds them. Nobody signs up from the outside."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from tracte.records import audit
from tracte.records.audit import What
from tracte.records.people import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """allauth's account rules with registration closed, and what the audit trail keeps of them."""

    def is_open_for_signup(self, request: HttpRequest, **options: Any) -> bool:
        """Whether a visitor may make himself an account: never."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Whoever tried too often is refused before anything is compared."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            tell_failure(credentials, "too_often")
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Nobody of this address has this password."""
        tell_failure(credentials, "wrong")

    def pre_login(self, request: HttpRequest, user: User, **more: Any) -> Any:
        """A right password does not open a closed account."""
        if not user.is_active:
            tell_failure({"email": user.email}, "closed")
        return super().pre_login(request, user, **more)

    def post_login(self, request: HttpRequest, user: User, **more: Any) -> Any:
        """Somebody is in."""
        audit.note(What.SIGNED_IN, actor_id=user.pk, actor_name=str(user))
        return super().post_login(request, user, **more)

    def logout(self, request: HttpRequest) -> None:
        """Somebody leaves."""
        audit.note(What.SIGNED_OUT, actor_id=request.user.pk, actor_name=str(request.user))
        super().logout(request)

    def set_password(self, user: User, password: str) -> None:
        """Keep a password somebody chose for themselves. It is no business fact: only this column is written."""
        user.set_password(password)
        user.save(update_fields=["password"])
        audit.note(What.PASSWORD_SET, actor_id=user.pk, actor_name=str(user))


def tell_failure(credentials: dict[str, Any], why: str) -> None:
    """Tell who was tried and from where, in the same steps whether or not there is such a person.

    :param why: ``wrong``, ``too_often``, ``closed`` or ``code`` (the second factor).
    """
    tried = str(credentials.get("email") or "").strip().lower()[:200]
    known = User.objects.live().filter(email=tried).values_list("pk", flat=True).first()
    audit.note_sparingly(
        f"sign-in {audit.place().address}",
        audit.MOST_STRANGERS,
        What.SIGN_IN_FAILED,
        actor_name=tried if "@" in tried else "",  # a password typed into the wrong box is not kept
        entity="user",
        record_id=known,
        why=why,
    )


class Accounts(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
    """allauth's sign-in. Who is signed in is asked on every page: by a statement that is put together once."""

    def get_user(self, user_id: Any) -> User | None:
        """The person behind a session, unless he may no longer sign in."""
        found = User.known(int(user_id))
        return found if found is not None and found.is_active else None
