"""Field kinds: one vocabulary for what a field is, everywhere."""

from tracte.meta.kinds.address import Address, Country, PostalAddress
from tracte.meta.kinds.amount import Amount
from tracte.meta.kinds.base import Context, Kind, Label, Option, RefTitle, say
from tracte.meta.kinds.checklist import Checklist, Ticks
from tracte.meta.kinds.choice import Choice, MultiChoice, Tags
from tracte.meta.kinds.data import Data
from tracte.meta.kinds.dates import Date, DateTime
from tracte.meta.kinds.duration import Duration
from tracte.meta.kinds.email import Email
from tracte.meta.kinds.made import AutoNumber, Computed
from tracte.meta.kinds.numbers import Decimal, Integer, Percent, Progress
from tracte.meta.kinds.phone import Phone
from tracte.meta.kinds.reference import ManyReferences, Reference, Team, User
from tracte.meta.kinds.rich_text import RichText
from tracte.meta.kinds.text import LongText, Text
from tracte.meta.kinds.timezone import TimeZone
from tracte.meta.kinds.url import Url
from tracte.meta.kinds.yes_no import YesNo

_ALL: tuple[type[Kind], ...] = (
    Text, LongText, RichText, Email, Phone, Url, Address, Country, Integer, Decimal, Percent, Amount, Date, DateTime,
    Duration, YesNo, Choice, MultiChoice, Tags, Reference, User, Team, ManyReferences, AutoNumber, Computed, Data,
    Checklist,
)  # fmt: skip
KINDS: dict[str, type[Kind]] = {kind.key: kind for kind in _ALL}
"""Every kind by its key."""

__all__ = [
    "KINDS", "Address", "Amount", "AutoNumber", "Checklist", "Choice", "Computed", "Context", "Country", "Data",
    "Date", "DateTime", "Decimal", "Duration", "Email", "Integer", "Kind", "Label", "LongText", "ManyReferences",
    "MultiChoice", "Option", "Percent", "Phone", "PostalAddress", "Progress", "RefTitle", "Reference", "RichText",
    "Tags", "Team", "Text", "Ticks", "TimeZone", "Url", "User", "YesNo", "say",
]  # fmt: skip
