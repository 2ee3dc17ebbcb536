"""Relative dates in words: ``next_90_days`` reads "the next 90 days", ``-14d`` "14 days ago"."""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

PERIODS: dict[str, str | Promise] = {
    "today": gettext_lazy("today"),
    "yesterday": gettext_lazy("yesterday"),
    "tomorrow": gettext_lazy("tomorrow"),
    "this_week": gettext_lazy("this week"),
    "last_week": gettext_lazy("last week"),
    "next_week": gettext_lazy("next week"),
    "this_month": gettext_lazy("this month"),
    "last_month": gettext_lazy("last month"),
    "next_month": gettext_lazy("next month"),
    "this_quarter": gettext_lazy("this quarter"),
    "last_quarter": gettext_lazy("last quarter"),
    "next_quarter": gettext_lazy("next quarter"),
    "this_year": gettext_lazy("this year"),
    "last_year": gettext_lazy("last year"),
    "next_year": gettext_lazy("next year"),
    "next_7_days": gettext_lazy("the next 7 days"),
    "next_30_days": gettext_lazy("the next 30 days"),
    "next_90_days": gettext_lazy("the next 90 days"),
    "last_7_days": gettext_lazy("the last 7 days"),
    "last_30_days": gettext_lazy("the last 30 days"),
    "last_90_days": gettext_lazy("the last 90 days"),
}
SPAN = re.compile(r"(next|last)_([0-9]{1,4})_(day|week|month|year)s?\Z")
POINT = re.compile(r"([-+])([0-9]{1,4})([dwmy])\Z")
UNIT = {"d": "day", "w": "week", "m": "month", "y": "year"}
DAYS = ("today", "yesterday", "tomorrow")


def span_words(count: int, unit: str) -> str:
    """``14 days``."""
    units = {
        "day": ngettext("%(n)d day", "%(n)d days", count),
        "week": ngettext("%(n)d week", "%(n)d weeks", count),
        "month": ngettext("%(n)d month", "%(n)d months", count),
        "year": ngettext("%(n)d year", "%(n)d years", count),
    }
    return units[unit] % {"n": count}


def period_words(token: str) -> str:
    """``next_90_days`` as people say it."""
    if token in PERIODS:
        return str(PERIODS[token])
    found = SPAN.match(token)
    if not found:
        return point_words(token) or token
    span = span_words(int(found[2]), found[3])
    return _("the next %(span)s") % {"span": span} if found[1] == "next" else _("the last %(span)s") % {"span": span}


def point_words(token: str) -> str:
    """``-14d`` and ``today`` as people say them; ``""`` for a plain date."""
    if token in PERIODS:
        return str(PERIODS[token])
    found = POINT.match(token)
    if not found:
        return ""
    span = span_words(int(found[2]), UNIT[found[3]])
    return _("in %(span)s") % {"span": span} if found[1] == "+" else _("%(span)s ago") % {"span": span}
