"""The second factor at sign-in: allauth's form, and what the audit trail keeps of wrong codes."""

from allauth.mfa.base.forms import AuthenticateForm
from django.core.exceptions import ValidationError

from tracte.config.accounts import tell_failure


class SecondFactor(AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """Asks for the code of somebody whose password was right."""

    def clean_code(self) -> str:
        """:raises ValidationError: for a wrong code, and for one too many."""
        try:
            return str(super().clean_code())
        except ValidationError:
            tell_failure({"email": self.user.email}, "code")
            raise
