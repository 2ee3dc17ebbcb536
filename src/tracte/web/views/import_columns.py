"""What the page of columns shows: where each column goes, and how rows find their records."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tracte.engine.importing import answers, guess
from tracte.engine.importing.answers import Asked
from tracte.engine.importing.choices import EXTERNAL, MAX_USES, Choices, Use, matchable
from tracte.engine.importing.pages import Draft
from tracte.web.request import ActorRequest
from tracte.web.views.import_pages import counted, frame, options


def columns(request: ActorRequest, draft: Draft, choices: Choices, about: Asked, problem: str = "") -> dict[str, Any]:
    """Where each column goes."""
    offered = answers.places(about)
    lines = [_line(at, use, about, offered) for at, use in enumerate(choices.uses[:MAX_USES])]
    used = len(choices.used)
    keys = [*matchable(about.spec, choices.used)[:8]]
    matches = [{"value": key, "label": about.label(key), "chosen": key in choices.match} for key in keys]
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
    }


def on_match_choices(choices: Choices) -> list[dict[str, Any]]:
    """What happens to a record that is found."""
    return options(
        [
            ("update", _("Take the value from the file")),
            ("fill_empty", _("Keep what Tracte has, fill what is empty")),
            ("skip", _("Leave the whole record as it is")),
        ],
        choices.on_match,
    )


def _line(at: int, use: Use, about: Asked, offered: Sequence[tuple[str, str]]) -> dict[str, Any]:
    values = [value for value in about.columns.get(use.header, ()) if value]
    kind = about.fields.get(use.to)
    line: dict[str, Any] = {
        "lead": f"c{at}-",
        "header": use.header,
        "samples": list(dict.fromkeys(values))[:3],
        "places": options(offered, use.to),
        "used": bool(use.to),
        "sure": SURE.get(use.confidence),
    }
    if kind is None:
        return line
    if kind.key in ("date", "datetime"):
        line["formats"] = options(answers.date_choices(use, values), use.format)
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
    words = answers.unknown_words(use, about)
    if words:
        entries = answers.options_of(use, about)
        line["words"] = [{"word": word, "means": means, "options": options(entries, means)} for word, means in words]
        unsolved = sum(1 for _word, means in words if not means)
        if unsolved:
            line["note"] = ngettext("%(n)s word is not in the list", "%(n)s words are not in the list", unsolved) % {
                "n": unsolved
            }
    return line


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
