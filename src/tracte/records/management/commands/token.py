"""`tracte token create --user U` and `tracte token revoke --user U --name N`: keys for the API."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management import BaseCommand, CommandError

from tracte.kernel import clock
from tracte.kernel.actor import TokenScope
from tracte.meta.registry import registry
from tracte.records.management.acting import REFUSED, USAGE, user_named
from tracte.records.people import Token


class Command(BaseCommand):
    """Makes tokens. The key stands alone on stdout, so a script can keep it; it cannot be shown again."""

    help = "Make a token for the API and print it alone on stdout, or take tokens back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, and for whom."""
        parser.add_argument("what", choices=["create", "revoke"])
        parser.add_argument("--user", required=True, metavar="EMAIL", help="whose rights the token has")
        parser.add_argument("--name", default="command line", help="what the token is for")
        parser.add_argument("--read-only", action="store_true", help="the token changes nothing")
        parser.add_argument(
            "--entity", action="append", metavar="KEY", help="only this kind of record (contact); may be given again"
        )
        parser.add_argument("--days", type=int, help="how long it is good (default: until it is taken back)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Issue and print, or take back."""
        user = user_named(options["user"])
        if options["what"] == "revoke":
            if not Token.revoke(user, options["name"][:100]):
                raise CommandError(f"{user.email} has no token named {options['name']!r}.", returncode=REFUSED)
            return
        if not user.is_active:
            raise CommandError(f"{user.email} may not sign in, so a token would not work.", returncode=REFUSED)
        days = options["days"]
        if days is not None and not 0 < days <= 36_500:
            raise CommandError("--days: give a number of days above zero.", returncode=USAGE)
        unknown = [key for key in options["entity"] or () if key not in registry()]
        if unknown:
            raise CommandError(f"--entity: there is no kind of record {unknown[0]!r}.", returncode=USAGE)
        entities = frozenset(options["entity"]) if options["entity"] else None
        key = Token.issue(user, options["name"][:100], scope=TokenScope(not options["read_only"], entities))
        if days is not None:
            until = clock.now() + timedelta(days=days)
            Token.objects.filter(digest=Token.digest_of(key)).update(expires_at=until)
        self.stdout.write(key)
