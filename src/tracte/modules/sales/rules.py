"""What follows from what on an opportunity, and what it must have. Each rule takes a bulk; leads share some."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from tracte.kernel.dates import show_date
from tracte.kernel.money import Money, minor_unit
from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.kinds.base import Context
from tracte.meta.registry import registry
from tracte.modules.sales import checks, stages

CLOSED = ("won", "lost")
REASONS = {"won": ("won_reason",), "lost": ("lost_reason", "lost_detail")}  # what a deal that ended keeps
Stages = Mapping[int, Mapping[str, Any]]


def stages_of(drafts: Sequence[Draft], env: WriteEnv) -> Stages:
    """The stages the drafts are in or come from, by id."""
    held = {draft.values.get("stage") for draft in drafts} | {draft.before.get("stage") for draft in drafts}
    return env.rows("stage", {one for one in held if one})


def place(drafts: Sequence[Draft], env: WriteEnv, entity: str = "opportunity") -> None:
    """Pipeline and stage belong together: the pipeline follows the stage, a new pipeline brings its own stage."""
    known = stages_of(drafts, env)
    for draft in drafts:
        values = draft.values
        stage = known.get(values.get("stage") or 0)
        if stage is not None and draft.changed("stage"):
            given = values.get("pipeline")
            if given and draft.changed("pipeline") and given != stage["pipeline"]:
                draft.problem("stage", "stage_elsewhere", stage=stage["name"])
            values["pipeline"] = stage["pipeline"]
        elif stage is not None and draft.changed("pipeline"):
            pipeline = values.get("pipeline")
            if pipeline:
                values["stage"] = stages.same_stage(stage, pipeline)
            else:
                values["pipeline"] = stage["pipeline"]
        elif values.get("stage") is None and draft.created:
            values["pipeline"] = values.get("pipeline") or stages.default_pipeline(entity)
            values["stage"] = stages.first_stage(values["pipeline"]) if values["pipeline"] else None
        if values.get("stage") is None and not any(problem.field == "stage" for problem in draft.problems):
            draft.problem("stage", "required")
    _check_purpose(drafts, env, entity)


def _check_purpose(drafts: Sequence[Draft], env: WriteEnv, entity: str) -> None:
    """A pipeline for leads is none for deals."""
    moved = [draft for draft in drafts if draft.created or draft.changed("pipeline")]
    known = env.rows("pipeline", {draft.values["pipeline"] for draft in moved if draft.values.get("pipeline")})
    for draft in moved:
        pipeline = known.get(draft.values.get("pipeline") or 0)
        if pipeline is not None and pipeline["entity"] != entity:
            draft.problem("stage" if "stage" in draft.given else "pipeline", "pipeline_not_for")


def take_type(drafts: Sequence[Draft], env: WriteEnv) -> None:
    """A new deal takes from its type what nobody gave: the pipeline (where no stage says it), product, objective."""
    typed = [draft for draft in drafts if draft.created and draft.values.get("type")]
    types = env.rows("opportunity_type", {draft.values["type"] for draft in typed}) if typed else {}
    for draft in typed:
        given = types.get(draft.values["type"], {})
        for name in ("product", "objective") if draft.values.get("stage") else ("pipeline", "product", "objective"):
            if name not in draft.given and draft.values.get(name) is None:
                draft.values[name] = given.get(name)


def check_type(drafts: Sequence[Draft], env: WriteEnv) -> None:
    """A type out of use may stay where it is, not come."""
    typed = [draft for draft in drafts if draft.values.get("type") and draft.changed("type")]
    types = env.rows("opportunity_type", {draft.values["type"] for draft in typed}) if typed else {}
    for draft in typed:
        found = types.get(draft.values["type"])
        if found is not None and not found["active"] and not env.lenient:
            draft.problem("type", "retired_choice", value=found["name"])


def take_account(drafts: Sequence[Draft], env: WriteEnv) -> None:
    """A new deal with a contact and no account is with the contact's account."""
    bare = [d for d in drafts if d.created and d.values.get("contact") and not d.values.get("account")]
    if bare:
        contacts = env.rows("contact", {draft.values["contact"] for draft in bare})
        for draft in bare:
            draft.values["account"] = contacts.get(draft.values["contact"], {}).get("account")


def estimate(drafts: Sequence[Draft], env: WriteEnv) -> None:
    """The probability is the stage's unless somebody set another; a closed deal is certain or hopeless."""
    known = stages_of(drafts, env)
    for draft in drafts:
        values, before = draft.values, draft.before
        stage = known.get(values.get("stage") or 0)
        if stage is None:
            continue
        left = known.get(before.get("stage") or 0)
        followed = left is not None and before.get("probability") == left["probability"]
        moved_along = draft.changed("stage") and not draft.changed("probability") and followed
        if stage["kind"] in CLOSED or values.get("probability") is None or moved_along:
            values["probability"] = stage["probability"]
        _remember_who(draft, stage, env)


def _remember_who(draft: Draft, stage: Mapping[str, Any], env: WriteEnv) -> None:
    """Keep who set a probability other than the stage's, and when; one that follows the stage is nobody's."""
    values = draft.values
    if values["probability"] == stage["probability"]:
        values["probability_set_by"] = values["probability_set_on"] = None
    elif draft.created or draft.changed("probability"):
        values["probability_set_by"], values["probability_set_on"] = env.actor.user_id, env.context.today
    elif draft.changed("stage") and not env.lenient:
        params = {"stage": stage["name"], "percent": whole(values["probability"]), "usual": whole(stage["probability"])}
        draft.tell("probability", "probability_kept", **params)


def whole(percent: Decimal) -> str:
    """A percentage without needless zeros: ``40``, ``12.5``."""
    return f"{Decimal(percent).normalize():f}"


def who_says(values: Mapping[str, Any], context: Context) -> str:
    """Who set a probability of their own, when, and what the stage says: “Marta, 12 Nov · stage says 40 %”."""
    day, who = values.get("probability_set_on"), context.titles.get(values.get("probability_set_by") or 0)
    if day is None:
        return ""
    said = ", ".join([*([who.title] if who else []), show_date(day, context.language, context.today)])
    stage = context.titles.get(values.get("stage") or 0)
    if stage is None or stage.extra.get("probability") is None:
        return said
    return _("%(who)s · stage says %(percent)s %%") % {"who": said, "percent": whole(stage.extra["probability"])}


def close(drafts: Sequence[Draft], env: WriteEnv) -> None:
    """Won and lost deals have a closing day, today when nobody says; a reopened one has neither day nor reason.

    An import never invents the day: the deal may have been closed years ago.
    """
    known = stages_of(drafts, env)
    for draft in drafts:
        values = draft.values
        stage = known.get(values.get("stage") or 0)
        if stage is None or not draft.changed("stage"):
            continue
        if stage["kind"] in CLOSED:
            if values.get("closed_on") is None and not env.lenient:
                values["closed_on"] = env.context.today
        elif not draft.created and not draft.changed("closed_on"):
            values["closed_on"] = None
        for kind, names in REASONS.items():
            for name in names if stage["kind"] != kind and not draft.created else ():
                if not draft.changed(name):
                    values[name] = None


def weigh(drafts: Sequence[Draft], env: WriteEnv) -> None:
    """Weighted = amount × probability, in the smallest unit of the currency."""
    for draft in drafts:
        amount, probability = draft.values.get("amount"), draft.values.get("probability")
        if amount is None or probability is None:
            draft.values["weighted"] = None
            continue
        share = amount.amount * Decimal(probability) / 100
        draft.values["weighted"] = Money(share.quantize(minor_unit(amount.currency)), amount.currency)


def check_gates(drafts: Sequence[Draft], env: WriteEnv, entity: str = "opportunity") -> None:
    """A deal has what its stage asks for, fields and items of its checklist: looked at when it enters the stage, and
    when something of it is taken away.

    In an import a missing field is a warning: history is taken as it comes.
    """
    known = stages_of(drafts, env)
    fields = registry()[entity].fields
    for draft in drafts:
        stage = known.get(draft.values.get("stage") or 0)
        if stage is None:
            continue
        entering = draft.created or draft.changed("stage")
        for name in stage["asks"] or ():
            if name not in fields:
                continue
            empty = not draft.values.get(name) if fields[name].key == "yes_no" else draft.values.get(name) is None
            if empty and (entering or draft.changed(name)):
                tell = draft.warn if env.lenient else draft.problem
                tell(name, "missing_in_stage", field=str(fields[name].label), stage=stage["name"])
        checks.check(draft, stage, entering=entering, lenient=env.lenient)


def check_dates(drafts: Sequence[Draft], env: WriteEnv) -> None:
    """Nothing ends before it begins, and only a closed deal has a closing day."""
    known = stages_of(drafts, env)
    for draft in drafts:
        values = draft.values
        tell = draft.warn if env.lenient else draft.problem
        for first, last in (("starts_on", "closes_on"), ("started_on", "closed_on")):
            touched = draft.changed(first) or draft.changed(last)
            if touched and values.get(first) and values.get(last) and values[last] < values[first]:
                tell(last, "ends_before_start")
        stage = known.get(values.get("stage") or 0)
        if stage is not None and stage["kind"] not in CLOSED and values.get("closed_on") and draft.changed("closed_on"):
            tell("closed_on", "not_closed_yet", stage=stage["name"])
