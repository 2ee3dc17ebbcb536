"""`tracte user create EMAIL`: somebody who may sign in."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError
from django.db import transaction

from tracte.kernel.ids import encode
from tracte.records import door
from tracte.records.management.acting import REFUSED, USAGE, actor_of, add_as, told
from tracte.records.people import Role, User


class Command(BaseCommand):
    """Adds people; an empty home needs its first administrator this way."""

    help = "Add a user."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who, and with which rights."""
        parser.add_argument("what", choices=["create"])
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--name", help="the person's name (default: what stands before the @)")
        parser.add_argument("--admin", action="store_true", help="may do everything, settings and users included")
        parser.add_argument("--role", action="append", default=[], metavar="KEY", help="a role, such as seller")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from the first line of stdin"
        )
        add_as(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the user and set the password, both or neither."""
        email = options["email"].strip().lower()
        password = self._password(email, from_stdin=options["password_stdin"])
        values = {
            "name": options["name"] or email.partition("@")[0],
            "email": email,
            "is_admin": options["admin"],
            "can_sign_in": True,
            "roles": [encode(_role(key)) for key in options["role"]],
        }
        with told(), transaction.atomic():
            made = door.create(actor_of(options["as_user"]), "user", values, origin="cli", strict=True)
            user = User.objects.get(pk=made.id)
            if password is None:
                user.set_unusable_password()
            else:
                user.set_password(password)
            user.save(update_fields=["password"])
        self.stdout.write(encode(made.id))
        if password is None:
            self.stderr.write("No password was set: give one with --password-stdin, or with `tracte changepassword`.")

    def _password(self, email: str, *, from_stdin: bool) -> str | None:
        if from_stdin:
            password = sys.stdin.readline().rstrip("\r\n")
            if not password:
                raise CommandError("--password-stdin: there is no password on stdin.", returncode=USAGE)
        elif sys.stdin.isatty():
            password = getpass(f"Password for {email}: ")
            if password != getpass("Again: "):
                raise CommandError("the two passwords differ.", returncode=USAGE)
        else:
            return None
        try:
            validate_password(password, User(email=email))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=REFUSED) from None
        return password


def _role(key: str) -> int:
    found = Role.objects.live().filter(key=key).values_list("pk", flat=True).first()
    if found is None:
        raise CommandError(f"--role: there is no role {key!r}.", returncode=USAGE)
    return int(found)
