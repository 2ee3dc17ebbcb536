"""Cells of a CSV that no spreadsheet takes for a formula (OWASP, *CSV Injection*).

A text that begins like a formula gets an apostrophe in front; reading a CSV takes it off again.
"""

import re

# A cell, or what follows a quote or semicolon inside one (some programs split there), that starts like a formula.
_START = re.compile("(^|[\";])('*)(?=[=+\\-@\t\r\n＝＋－＠])")
_PREFIXED = re.compile("(^|[\";])'('*)(?=[=+\\-@\t\r\n＝＋－＠])")
_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?(?: [A-Z]{3})?\Z").match


def safe_cell(text: str) -> str:
    """``text`` as no spreadsheet takes it for a formula. Numbers stay as they are. Inverse: :func:`plain_cell`."""
    return text if _NUMBER(text) else _START.sub(r"\1'\2", text)


def plain_cell(text: str) -> str:
    """A cell of a CSV without the apostrophes :func:`safe_cell` put there."""
    return _PREFIXED.sub(r"\1\2", text) if "'" in text else text
