"""`tracte changepassword EMAIL`: somebody's password, set on the machine itself."""

from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError

from tracte.kernel.actor import OPERATOR
from tracte.records import audit
from tracte.records.audit import What
from tracte.records.management.acting import REFUSED, user_named


class Command(BaseCommand):
    """Stands in for Django's own, which saves the whole person and so never gets past the door."""

    help = "Set somebody's password; it is asked for twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose."""
        parser.add_argument("email", metavar="EMAIL")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, set, and tell the audit trail that it was set."""
        user = user_named(options["email"])
        password = getpass(f"New password for {user.email}: ")
        if password != getpass("Again: "):
            raise CommandError("the two passwords differ.", returncode=REFUSED)
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=REFUSED) from None
        user.set_password(password)
        user.save(update_fields=["password"])
        audit.note(What.PASSWORD_SET, OPERATOR, entity="user", record_id=user.pk, title=str(user))
        self.stdout.write(f"The password of {user.email} is set.")
