"""What management commands share: who acts, and how a refusal is told to an operator."""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import CommandError

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.problems import Conflict, Forbidden, NotFound, Problem, Rejected
from tracte.records import snapshot as snapshots
from tracte.records.people import User

REFUSED, USAGE, CONFLICTS = 1, 2, 4


def add_as(parser: ArgumentParser) -> None:
    """``--as USER``: act with somebody's rights instead of the operator's."""
    parser.add_argument("--as", dest="as_user", metavar="USER", help="act as this person (e-mail), with their rights")


def actor_of(as_user: str | None) -> Actor:
    """The operator, or the person of ``--as``.

    :raises CommandError: 2 when there is nobody of that address.
    """
    return OPERATOR if as_user is None else snapshots.current().actor(user_named(as_user).pk)


def user_named(email: str) -> User:
    """The live user with an e-mail address, ignoring case.

    :raises CommandError: 2.
    """
    found: User | None = User.objects.live().filter(email=email.strip().lower()).first()
    if found is None:
        raise CommandError(f"there is no user {email!r}.", returncode=USAGE)
    return found


@contextmanager
def told() -> Iterator[None]:
    """Turn what the door refuses into one line and an exit code."""
    try:
        yield
    except Rejected as rejected:
        raise CommandError(" ".join(_line(problem) for problem in rejected.problems), returncode=REFUSED) from None
    except Forbidden as forbidden:
        raise CommandError(
            f"the right to {forbidden.verb} {forbidden.entity} is missing.", returncode=REFUSED
        ) from None
    except NotFound as missing:
        raise CommandError(f"there is no {missing}.", returncode=REFUSED) from None
    except Conflict:
        raise CommandError("somebody changed this meanwhile.", returncode=CONFLICTS) from None


def _line(problem: Problem) -> str:
    return f"{problem.field}: {problem.message}" if problem.field else problem.message
