"""E-mail addresses as RFC 5321 sends them: one mailbox, the domain in lower case and in ASCII (IDNA)."""

import re

_CLEAN = re.compile(
    r"[A-Za-z0-9_+\-]+(?:\.[A-Za-z0-9_+\-]+)*@(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}\Z"
).match
_ATOM = r"[\w!#$%&'*+/=?^`{|}~\-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*\Z").match
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9\-]{1,59})\Z").match
MAX_LENGTH = 254
_MAX_LOCAL = 64


def normalise(text: str) -> str:
    """The address without surrounding space or ``mailto:``, its domain in lower case and ASCII.

    :raises ValueError: when it is no address.
    """
    if len(text) <= _MAX_LOCAL and _CLEAN(text):
        return text
    text = text.strip()
    if text[:7].lower() == "mailto:":
        text = text[7:]
    if len(text) > MAX_LENGTH:
        raise ValueError("not an e-mail address")
    local, _, domain = text.rpartition("@")
    domain = domain.lower()
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            raise ValueError("not an e-mail address") from None
    if len(local.encode("utf-8", "replace")) > _MAX_LOCAL or not _LOCAL(local) or not _DOMAIN(domain):
        raise ValueError("not an e-mail address")
    address = f"{local}@{domain}"
    if len(address) > MAX_LENGTH:
        raise ValueError("not an e-mail address")
    return address


def show(address: str) -> str:
    """The address with its domain in its own script."""
    if "xn--" not in address:
        return address
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode().decode('idna')}"
    except UnicodeError:
        return address
