"""How an entity is declared: one file says what a Contact is, everything else follows.

Declarations are plain values. They are read once at start-up by :mod:`tracte.meta.registry`, which checks them and
compiles the immutable :class:`~tracte.meta.registry.EntitySpec` the rest of the program works with.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models

from tracte.kernel.actor import Actor
from tracte.kernel.problems import Problem
from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.kinds.base import Context, Kind, Label

if TYPE_CHECKING:
    from django.db.models import Q


def names(text: str) -> tuple[str, ...]:
    """``"first_name last_name"`` as a tuple of field names."""
    return tuple(text.split())


class Group:
    """A titled section of a form and of the record page's details."""

    def __init__(self, title: Label, *rows: str) -> None:
        """:param rows: each string is one row of fields side by side: ``"email mobile"``."""
        self.title = title
        self.rows = tuple(names(row) for row in rows)

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(name for row in self.rows for name in row)


class Form:
    """The sections of the form, in order."""

    def __init__(self, *groups: Group, quick: str = "") -> None:
        """:param quick: the few fields a new record is begun with from anywhere; left out, they follow from the fields:
        what is required, what its title is made of, how to reach it.
        """
        self.groups, self.quick = groups, names(quick)

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(name for group in self.groups for name in group.fields)


class List:
    """The default columns and order of the list. ``title`` is the linked first column."""

    def __init__(self, columns: str, *, sort: str = "title", total: str = "") -> None:
        self.columns, self.sort, self.total = names(columns), sort, names(total)


@dataclass(frozen=True, slots=True)
class Board:
    """Cards in columns by a reference or choice field.

    :param by: field whose values are the columns.
    :param card: fields on the card under the title.
    :param total: money field summed in the column head.
    :param probability: key in the column's ``extra`` holding percent 0–100 for the weighted sum.
    :param fold: kinds of column (``won``, ``lost``) shown folded.
    """

    by: str
    card: tuple[str, ...] = ()
    total: str | None = None
    probability: str | None = None
    fold: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """A named filter offered as a tab.

    :param columns: fields shown; none means those of the list.
    :param group: field the rows are grouped by.
    :param words: text searched for.
    """

    key: str
    label: Label
    where: Any = None
    sort: str | None = None
    columns: tuple[str, ...] = ()
    group: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A related list on the record page.

    :param entity: key of the listed entity.
    :param via: its field that points to this record.
    :param columns: fields shown after the title.
    :param quick: a new row is made right here with the few fields of its quick form; else its whole form is opened.
    :param table: the rows stand in a table above the timeline, and their numbers are changed in its cells.
    :param totals: columns of the table summed at its foot; a computed one is worked out from the sums of the others.
    :param order: a number of the rows by which people put them in order in the table.
    :param named_by: a reference that names a row instead of its title.
    :param first: a field of this record: rows named by what it holds come first.
    :param later: fetched by itself once the page is there.
    """

    entity: str
    via: str
    label: Label = ""
    columns: tuple[str, ...] = ()
    sort: str = "-id"
    quick: bool = True
    table: bool = False
    totals: tuple[str, ...] = ()
    order: str = ""
    named_by: str = ""
    first: str = ""
    later: bool = False

    @property
    def key(self) -> str:
        """What tells it from the other related lists of the record: ``contact.account``."""
        return f"{self.entity}.{self.via}"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the record page that a module draws itself, fetched once the page is there.

    :param key: it is at ``/{plural}/{id}/{key}/``, as a part for the page's script and as a page for everybody else.
    """

    key: str
    label: Label


@dataclass(frozen=True, slots=True)
class Match:
    """Duplicate hints: live records that share any one of these fields (all of a tuple) are shown as a warning."""

    rules: tuple[tuple[str, ...], ...]


def same(*fields: str) -> tuple[str, ...]:
    """A duplicate rule: every one of ``fields`` is equal and filled."""
    return fields


@dataclass(frozen=True, slots=True)
class Import:
    """How an import recognises an existing record, tried in this order."""

    match_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """A business verb on one record (win a deal), offered on its page, in the API and in the palette.

    :param run: ``run(request: ActionRequest) -> None`` in the module's ``actions.py``.
    :param verb: right it needs.
    :param asks: fields of the entity the dialog asks for; the API takes the same keys.
    :param when: ``when(values) -> bool``, whether the action makes sense for the record.
    :param why: ``why(values)`` says what stands against it where a general refusal would not help.
    :param takes: parameters that are no fields of the record, by name.
    :param gated: it leads to a step that may ask for more, so it takes the record's other fields too.
    :param page: it has a page of its own at ``/{plural}/{id}/{key}/``, which its button leads to.
    """

    key: str
    label: Label
    run: Callable[[Any], None]
    verb: str = "edit"
    asks: tuple[str, ...] = ()
    when: Callable[[Mapping[str, Any]], bool] = field(default=lambda values: True)
    icon: str = "play"
    primary: bool = False
    why: Callable[[Mapping[str, Any]], Problem | None] = field(default=lambda values: None)
    takes: Mapping[str, Kind] = field(default_factory=dict)
    page: bool = False
    gated: bool = False


@dataclass(frozen=True, slots=True)
class Aside:
    """Small words beside a field on the record's page that tell more about its value.

    :param text: ``text(values, context) -> str`` from the values the reader may see; ``""`` says nothing.
    :param tells: fields these words tell, which then need no line of their own.
    """

    text: Callable[[Mapping[str, Any], Context], str]
    tells: tuple[str, ...] = ()


class Entity:
    """Base of every entity declaration. Attributes left out follow from the fields.

    Hooks are plural: one write is a bulk of one.
    """

    key: ClassVar[str]
    plural: ClassVar[str]
    model: ClassVar[type[models.Model]]
    label: ClassVar[Label]
    label_plural: ClassVar[Label]
    icon: ClassVar[str] = "square"
    area: ClassVar[str] = ""  # job in the rail: sell, settings …; "" keeps it out of the menu
    order: ClassVar[int] = 100  # place in the side menu

    title: ClassVar[str] = "{name}"
    subtitle: ClassVar[str] = ""  # one field shown under the title in search and pickers
    key_field: ClassVar[str | None] = None  # a slug by which filters, imports and the API may name a record
    badge: ClassVar[tuple[str, ...]] = ()  # columns a reference to it carries along (stage: hue, kind, probability)
    form: ClassVar[Form]
    list: ClassVar[List]
    facts: ClassVar[tuple[str, ...]] = ()  # fields in the record's fact strip
    path: ClassVar[str | None] = None  # field drawn as a stage path, with time spans kept
    asides: ClassVar[Mapping[str, Aside]] = {}  # by field
    board: ClassVar[Board | None] = None
    views: ClassVar[Sequence[View]] = ()
    related: ClassVar[Sequence[Panel]] = ()
    parts: ClassVar[Sequence[Part]] = ()
    duplicates: ClassVar[Match | None] = None
    importing: ClassVar[Import] = Import()
    actions: ClassVar[Sequence[Action]] = ()
    sorts: ClassVar[tuple[str, ...]] = ()  # further fields with an index made for sorting
    avatar: ClassVar[str] = "org"  # org (square) or who (round)

    # Fields that follow from others, and whether they do, given the record's values: an undo puts them back last, and
    # where they follow it leaves them to `follow`.
    made: ClassVar[Mapping[str, Callable[[Mapping[str, Any]], bool]]] = {}
    personal: ClassVar[tuple[str, ...]] = ()  # what an erasure empties; fields declared private always are
    parent: ClassVar[str | None] = None  # field: rights come from the record it points to
    directory: ClassVar[bool] = False  # small, visible to everyone who may sign in, kept in the snapshot
    admin_only: ClassVar[bool] = False  # only administrators write it
    # Fields that decide who may do what: the audit trail tells what becomes of them, and of the records that have any.
    rights_fields: ClassVar[tuple[str, ...]] = ()
    own_things: ClassVar[bool] = False  # everyone signed in makes and changes own ones; row_rule says who sees which
    told_by: ClassVar[tuple[str, ...]] = ()  # fields `told` must know to say what of a row holds
    timeline: ClassVar[bool] = True  # has a record page with notes and history
    searchable: ClassVar[bool] = True

    def derive(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """Fill what follows from other fields, before validation."""

    def follow(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """Fill what always follows, after every :meth:`derive`: totals and the like. Runs in an undo and when a record
        is taken out of the bin, too; no other rule does."""

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """Add problems: ``draft.problem("closes_on", "bad_date")``."""

    def settle(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """Further writes in the same change set that always follow, in an undo too: the totals of a parent."""

    def after(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """Further writes in the same change set, through ``env.write``."""

    def usual_days(self, step: Mapping[str, Any]) -> int | None:
        """How many days records usually stay in a step of the path, given its values; ``None`` when nobody knows."""
        return None

    @property
    def shareable(self) -> bool:
        """Whether single records have collaborators: those with owners, that stand for themselves."""
        return not (self.directory or self.admin_only or self.own_things) and self.parent is None

    def row_rule(self, actor: Actor) -> "Q | None":
        """A condition every row must meet whatever the level (private notes), or ``None``."""
        return None

    def told(self, values: Mapping[str, Any], actor: Actor) -> Mapping[str, Any]:
        """What of a row's values holds for the actor who reads it as data (API, history): a stored condition may name
        fields of other entities that are hidden from them.
        """
        return values


@dataclass(frozen=True, slots=True)
class Extend:
    """What a module adds to another module's entity. Its fields live in ``cf`` as ``<module>_<key>`` and vanish with
    it."""

    entity: str
    module: str
    fields: Mapping[str, Kind] = field(default_factory=dict)
    panels: Sequence[Panel] = ()
    actions: Sequence[Action] = ()
    derive: Callable[[Sequence[Draft], WriteEnv], None] | None = None
    check: Callable[[Sequence[Draft], WriteEnv], None] | None = None
    after: Callable[[Sequence[Draft], WriteEnv], None] | None = None
