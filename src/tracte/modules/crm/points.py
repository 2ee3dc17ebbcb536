"""How contact points are read, and which field of the contact holds the primary one of a sort."""

from django.utils.translation import gettext_lazy as _

from tracte.meta.kinds import Email, Phone, Url
from tracte.meta.kinds.base import Kind

# The kind that reads and normalises the value of each sort of point; the rest is plain text.
READERS: dict[str, Kind] = {
    **dict.fromkeys(("email_work", "email_private"), Email(_("E-mail"))),
    **dict.fromkeys(("phone", "phone_private", "mobile", "fax"), Phone(_("Phone"))),
    "website": Url(_("Website")),
}
PRIMARY = {
    "email_work": "email",
    "email_private": "email",
    "phone": "phone",
    "phone_private": "phone",
    "mobile": "mobile",
}
