"""How people get an account: an administrator adds them. Nobody signs up from the outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from tracte.records import audit
from tracte.records.audit import What
from tracte.records.people import User

SECOND_STEPS = frozenset({"totp_activated", "totp_deactivated", "recovery_codes_generated"})


@dataclass(frozen=True, slots=True)
class Site:
    """What mails call this place."""

    name: str
    domain: str


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

    def is_safe_url(self, url: str | None) -> bool:
        """Whether somebody may be sent on to an address: to a path of ours. The names we answer to hold loopback,
        which is another machine for everybody else."""
        return url is not None and url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def render_mail(
        self, template_prefix: str, email: str | list[str], context: Mapping[str, Any], headers: Any = None
    ) -> EmailMessage:
        """allauth's mail, in which nothing comes from the ``Host`` header of whoever asked for it: a link to reset a
        password leads to the base URL that is set, wherever there is one."""
        return super().render_mail(template_prefix, email, at_base(context), headers)  # type: ignore[no-any-return]

    def send_notification_mail(self, template_prefix: str, user: User, *args: Any, **more: Any) -> None:
        """allauth writes to people when their second step changes: told as well as written."""
        change = template_prefix.removeprefix("mfa/email/")
        if change in SECOND_STEPS:
            audit.note(What.SECOND_STEP, actor_id=user.pk, actor_name=str(user), change=change)
        super().send_notification_mail(template_prefix, user, *args, **more)


def at_base(context: Mapping[str, Any]) -> dict[str, Any]:
    """A mail's values with its links and its name of this place taken from TRACTE_BASE_URL."""
    base = settings.TRACTE_BASE_URL
    if not base:
        return dict(context)
    host = urlsplit(base).netloc
    found: dict[str, Any] = {**context, "current_site": Site(host, host)}
    for name, value in context.items():
        if name.endswith("_url") and isinstance(value, str):
            parts = urlsplit(value)
            found[name] = base + urlunsplit(("", "", parts.path, parts.query, ""))
    return found


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
