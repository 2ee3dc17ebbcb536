"""Users, teams and roles: what rights are made of. Their screens and menus are declared by the base module."""

import hashlib
import secrets
from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from tracte.kernel.actor import OPERATOR, Actor, TokenScope
from tracte.meta.kinds import Choice, Email, LongText, ManyReferences, Reference, Text, TimeZone, YesNo
from tracte.meta.kinds.base import Context, Option
from tracte.meta.kinds.data import Data
from tracte.records import audit
from tracte.records.audit import What
from tracte.records.firm import Company
from tracte.records.guard import GuardedQuerySet, require_open
from tracte.records.record import Record
from tracte.records.statements import rows_of

THEMES = [Option("system", _("As the device")), Option("light", _("Light")), Option("dark", _("Dark"))]
SHORTCUTS = [Option("on", _("On")), Option("off", _("Only those with Ctrl or ⌘"))]
DENSITIES = [
    Option("comfortable", _("Comfortable")),
    Option("standard", _("Standard")),
    Option("compact", _("Compact")),
]


class UserManager(BaseUserManager.from_queryset(GuardedQuerySet)):  # type: ignore[misc]
    """Users are found by e-mail, ignoring case."""

    def get_by_natural_key(self, username: str | None) -> Any:
        return self.get(email=(username or "").strip().lower(), deleted_at__isnull=True)


def _language_of_the_company(_context: Context) -> str:
    """What somebody new reads until they choose: what the firm reads."""
    return Company.objects.live().values_list("language", flat=True).first() or "en"


class User(AbstractBaseUser, Record):
    """Somebody who works in Tracte. Signs in by e-mail; a user without ``can_sign_in`` only owns records."""

    name = Text(_("Name"), max_length=120, required=True, search="A")
    email = Email(_("E-mail"), unique=True, search="A")
    can_sign_in = YesNo(_("May sign in"), default=True)
    is_admin = YesNo(_("Administrator"), default=False, help=_("May change settings, users and roles."))
    teams = ManyReferences(_("Teams"), to="team")
    roles = ManyReferences(_("Roles"), to="role")
    language = Choice(_("Language"), list="language", default=_language_of_the_company)
    timezone = TimeZone(_("Time zone"), help=_("Empty: as the company."))
    theme = Choice(_("Theme"), options=THEMES, default="system")
    density = Choice(_("Row height"), options=DENSITIES, default="standard")
    first_views = Data(_("First views"), help=_("The view each list opens with, by kind of record."))
    shortcuts = Choice(
        _("Keyboard shortcuts"),
        options=SHORTCUTS,
        default="on",
        help=_("Single letters act at once. Switch them off when you speak to your computer or type by accident."),
    )
    session_salt = models.CharField(max_length=32, default="", editable=False)
    # Records kept at hand in the side panel, as [entity, id] in order: theirs alone, read with every request anyway.
    pins = models.JSONField(null=True, editable=False)
    # Hints this person closed, by key.
    dismissed = models.JSONField(null=True, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    # Sign-in bookkeeping and what somebody keeps at hand are outside the door by design: they are no business facts.
    UNGUARDED: ClassVar[frozenset[str]] = frozenset({"last_login", "password", "pins", "dismissed"})

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        db_table = "user"
        constraints = [
            models.UniqueConstraint(
                fields=["email"], condition=models.Q(deleted_at__isnull=True), name="user_email_unique"
            )
        ]
        indexes = [models.Index(fields=["title_key", "id"], name="user_title")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.UNGUARDED.issuperset(kwargs.get("update_fields") or {"everything"}):
            require_open("save")
        super(Record, self).save(*args, **kwargs)

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        return bool(self.can_sign_in) and self.deleted_at is None

    @classmethod
    def known(cls, user_id: int) -> "User | None":
        """The user with this id, deactivated and binned ones too."""
        names = [field.attname for field in cls._meta.concrete_fields]
        found = rows_of("user", lambda values: cls.objects.filter(pk=values[0]).values_list(*names), (user_id,))
        return cls.from_db("default", names, found[0]) if found else None

    def get_username(self) -> str:
        return str(self.email or "")

    def get_session_auth_hash(self) -> str:
        return str(super().get_session_auth_hash())

    def __str__(self) -> str:
        return str(self.name or self.email)


class Unit(Record):
    """A part of the firm: a country, a branch, a department. Units stand under one another, teams stand in them."""

    name = Text(_("Name"), max_length=120, required=True, unique=True, search="A")
    parent = Reference(
        _("Part of"),
        to="unit",
        model="records.Unit",
        related=_("Units below"),
        help=_("The unit this one stands under."),
    )
    description = LongText(_("Description"))

    class Meta:
        db_table = "unit"
        indexes = [models.Index(fields=["title_key", "id"], name="unit_title")]


class Team(Record):
    """People who work together and see each other's records where their role reaches the team."""

    name = Text(_("Name"), max_length=120, required=True, unique=True, search="A")
    unit = Reference(
        _("Unit"),
        to="unit",
        model="records.Unit",
        related=_("Teams"),
        help=_("Who reaches the unit reaches this team's records."),
    )
    description = LongText(_("Description"))

    class Meta:
        db_table = "team"
        indexes = [models.Index(fields=["title_key", "id"], name="team_title")]


class Role(Record):
    """A set of rights. A person may hold several: the widest wins.

    ``grants`` is ``{entity: {verb: level}}`` (entity ``*`` is the default), ``masks`` is ``{entity: {field:
    hidden|readonly}}``.
    """

    name = Text(_("Name"), max_length=120, required=True, unique=True)
    key = Text(_("Key"), max_length=60, unique=True, read_only=True)
    description = LongText(_("Description"))
    grants = Data(_("Rights"))
    masks = Data(_("Field rights"))

    class Meta:
        db_table = "role"


class Token(models.Model):
    """A key for the API. Only its hash is kept; the key itself is shown once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    scope = models.JSONField(null=True)  # {"writes": false, "entities": ["contact"]}; nothing: all its person may

    class Meta:
        db_table = "token"

    @staticmethod
    def digest_of(key: str) -> str:
        return hashlib.sha256(key.encode()).hexdigest()

    @classmethod
    def issue(cls, user: User, name: str, by: Actor = OPERATOR, scope: TokenScope | None = None) -> str:
        """Make a token for ``user`` and return its key, which cannot be read again.

        :param by: who makes it, for the audit trail. :param scope: what it is for; all its person may do, when nothing.
        """
        key = "tracte_" + secrets.token_urlsafe(32)
        kept = None
        if scope is not None and not scope.whole:
            kept = {"writes": scope.writes, "entities": None if scope.entities is None else sorted(scope.entities)}
        cls.objects.create(user=user, name=name, digest=cls.digest_of(key), scope=kept)
        audit.note(What.TOKEN_MADE, by, entity="user", record_id=user.pk, title=str(user), name=name)
        return key

    @staticmethod
    def scope_of(kept: Any) -> TokenScope:
        """What a token is for, as it is kept."""
        if not kept:
            return TokenScope()
        entities = kept.get("entities")
        return TokenScope(bool(kept.get("writes")), None if entities is None else frozenset(entities))

    @classmethod
    def revoke(cls, user: User, name: str, by: Actor = OPERATOR) -> int:
        """Take back the tokens of ``user`` that have this name: they are refused from now on. Returns how many."""
        gone, _each = cls.objects.filter(user=user, name=name).delete()
        if gone:
            audit.note(What.TOKEN_REVOKED, by, entity="user", record_id=user.pk, title=str(user), name=name)
        return gone
