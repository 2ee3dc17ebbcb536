"""What the page of columns shows: where each column goes, and how rows find their records."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tracte.engine.importing import answers, guess, keysfound, words
from tracte.engine.importing.answers import Asked
from tracte.engine.importing.choices import EXTERNAL, MAX_USES, Choices, Use, matchable
from tracte.engine.importing.pages import SAMPLE, Draft
from tracte.engine.importing.sets import Wrong
from tracte.engine.importing.spec import ASK
from tracte.meta.kinds.base import Kind
from tracte.web.request import ActorRequest
from tracte.web.views.import_pages import counted, frame, options
from tracte.web.views.import_sets import NONE_WRONG, sets_of


def columns(
    request: ActorRequest,
    draft: Draft,
    choices: Choices,
    about: Asked,
    problem: str = "",
    wrong: Wrong = NONE_WRONG,
) -> dict[str, Any]:
    """Where each column goes."""
    offered = answers.places(about)
    joined = [use.to for use in choices.used if answers.joinable(use.to, about) and ":" not in use.to]
    lines = [_line(at, use, about, offered) for at, use in enumerate(choices.uses[:MAX_USES])]
    for line, use in zip(lines, choices.uses, strict=False):
        if use.to and joined.count(use.to) > 1:
            first = next(one for one in choices.used if one.to == use.to)
            if first is use:
                between = next((key for key, text in answers.BETWEEN.items() if text == use.by), "space")
                line["betweens"] = options(answers.between_choices(), between)
            else:
                line["joined"] = _("put behind “%(header)s”") % {"header": first.header}
    used, looked = len(choices.used), max(map(len, about.columns.values()), default=0)
    keys = [*matchable(about.spec, choices.used)[:8]]
    matches = [
        {"value": key, "label": about.label(key), "chosen": key in choices.match, "finds": _finds(key, choices, about)}
        for key in keys
    ]
    external = any(use.to == EXTERNAL for use in choices.uses)
    if external:
        label = _("Its number in the other system")
        matches.insert(0, {"value": EXTERNAL, "label": label, "chosen": EXTERNAL in choices.match})
    return {
        **frame(request, draft, 1),
        "problem": problem,
        "lines": lines,
        "unfilled": ", ".join(answers.unfilled(choices, about)),
        "used": counted(used, request),
        "unused": counted(len(choices.uses) - used, request),
        "beyond": max(len(choices.uses) - MAX_USES, 0),
        "matches": matches,
        "external": external or any(use.lookup == EXTERNAL for use in choices.used),
        "system": choices.system,
        "on_match": on_match_choices(choices),
        **sets_of(request, choices, about, wrong),
        "sampled": counted(looked, request) if looked >= SAMPLE else "",
    }


def _finds(key: str, choices: Choices, about: Asked) -> str:
    """What a match key would find in the rows that were looked at."""
    use = next((one for one in choices.used if one.to == key), None)
    if use is None:
        return ""
    values = about.columns.get(use.header, ())
    found = keysfound.by_field(about.spec, about.actor, about.context, use, values)
    if found is None:
        return ""
    told = _("%(known)s of %(rows)s are here already") % {"known": found.known, "rows": found.rows}
    if found.twice:
        told += ", " + ngettext("%(n)s stands twice in the file", "%(n)s stand twice in the file", found.twice) % {
            "n": found.twice
        }
    return told


def on_match_choices(choices: Choices) -> list[dict[str, Any]]:
    """What happens to a record that is found."""
    return options(
        [
            ("update", _("Take the value from the file")),
            ("fill_empty", _("Keep what Tracte has, fill what is empty")),
            ("skip", _("Leave the whole record as it is")),
            (ASK, _("Ask me for each field")),
        ],
        choices.on_match,
    )


def _line(at: int, use: Use, about: Asked, offered: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> dict[str, Any]:
    values = [value for value in about.columns.get(use.header, ()) if value]
    kind = about.fields.get(use.to)
    line: dict[str, Any] = {
        "lead": f"c{at}-",
        "header": use.header,
        "samples": list(dict.fromkeys(values))[:3],
        "places": [{"label": group, "places": options(some, use.to)} for group, some in offered],
        "used": bool(use.to),
        "sure": SURE.get(use.confidence),
    }
    if kind is None:
        return line
    if kind.key in ("date", "datetime"):
        line["formats"] = options(answers.date_choices(use, values), use.format)
        if answers.day_or_month(values):
            line["note"] = _("Day and month cannot be told apart in these dates. Check which comes first.")
    if kind.key in ("integer", "decimal", "percent", "money"):
        shown = [("", _("As they stand")), *((example, example) for example in guess.DECIMALS)]
        if use.decimal or any(set(",. '’") & set(value) for value in values):
            line["decimals"] = options(shown, use.decimal)
    if kind.key == "money":
        line["currency"] = use.currency or about.context.currency
    if getattr(kind, "to", None) is not None:
        line["lookups"] = options(answers.lookup_choices(use, about), use.lookup)
        line["missings"] = options(answers.missing_choices(use, about), use.on_missing)
        missing, names = answers.not_found(use, about)
        if missing:
            line["note"] = ngettext(
                "%(n)s of %(all)s name is not in Tracte", "%(n)s of %(all)s names are not in Tracte", names
            ) % {"n": missing, "all": names}
    elif kind.key not in ("text", "long_text", "rich_text", "tags"):
        line["bads"] = options(answers.bad_choices(), use.on_bad)
    _add_words(line, use, kind, values, about)
    return line


def _add_words(line: dict[str, Any], use: Use, kind: Kind, values: Sequence[str], about: Asked) -> None:
    """Words the list does not know, with what they may stand for."""
    found = words.unknown_words(use, kind, values, about.actor, about.context)
    if not found:
        return
    entries = words.options_of(kind, about.actor, about.context)
    line["words"] = [
        {
            "word": one.word,
            "means": one.means,
            "suggested": one.suggested,
            "options": options(
                words.with_new(kind, entries, about.actor, _("New entry “%(word)s”") % {"word": one.word}), one.means
            ),
        }
        for one in found
    ]
    unsolved = sum(1 for one in found if not one.means)
    if unsolved:
        line["note"] = ngettext("%(n)s word is not in the list", "%(n)s words are not in the list", unsolved) % {
            "n": unsolved
        }


class _Sure(dict[str, dict[str, str] | None]):
    """How sure a suggestion is, as a pill."""

    def __missing__(self, confidence: str) -> dict[str, str] | None:
        return {
            "sure": {"label": _("Sure"), "hue": "green"},
            "likely": {"label": _("Likely"), "hue": "sea"},
            "guess": {"label": _("A guess"), "hue": "ochre"},
        }.get(confidence)

    def get(self, confidence: str, default: Any = None) -> Any:
        return self[confidence] or default


SURE = _Sure()
