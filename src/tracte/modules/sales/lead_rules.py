"""What follows from what on a lead, and what it must have. Each rule takes a bulk."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from tracte.meta.draft import Draft, WriteEnv
from tracte.modules.sales import stages
from tracte.modules.sales.rules import stages_of

OPEN = ("new", "working", "qualified")
CHANNELS = ("email", "phone", "mobile", "website")
CHECKLIST = ("has_need", "has_budget", "knows_decider", "has_timing")
NAMES = ("first_name", "last_name", "company")
REJECTION = ("reject_reason", "reject_note", "recycle_on")


def is_open(values: Mapping[str, Any]) -> bool:
    """Whether somebody still works on the lead, or should."""
    return values.get("status") in OPEN


def name(drafts: Sequence[Draft]) -> None:
    """A lead is called by its person and company; one without either is known by the way to reach it."""
    for draft in drafts:
        if not draft.created and not any(draft.changed(one) for one in (*NAMES, *CHANNELS)):
            continue
        values = draft.values
        person = " ".join(values[one] for one in ("first_name", "last_name") if values.get(one))
        called = " · ".join(part for part in (person, values.get("company")) if part)
        values["name"] = called or None
        values["handle"] = None if called else _known_by(values)


def _known_by(values: Mapping[str, Any]) -> str | None:
    channel = next((values[one] for one in CHANNELS if values.get(one)), None)
    if channel is not None and channel == values.get("website"):
        return urlsplit(channel).hostname or str(channel)
    return None if channel is None else str(channel)


def follow(drafts: Sequence[Draft], env: WriteEnv) -> None:
    """The status follows the stage; a lead that is worked on again has no reason for a rejection.

    One that comes back by itself keeps the reason: whoever takes it up should know it.
    """
    known = stages_of(drafts, env)
    meaning: dict[int, str] = {}
    for draft in drafts:
        stage = known.get(draft.values.get("stage") or 0)
        if stage is None:
            continue
        if draft.created or draft.changed("stage"):
            if stage["id"] not in meaning:
                meaning[stage["id"]] = status_of(stage)
            draft.values["status"] = meaning[stage["id"]]
        if draft.created or not draft.changed("stage") or stage["kind"] == "lost":
            continue
        if not draft.changed("recycled_on"):
            draft.values["recycled_on"] = None
            for one in REJECTION:
                if not draft.changed(one):
                    draft.values[one] = None


def status_of(stage: Mapping[str, Any]) -> str:
    """The status a stage stands for."""
    if stage["kind"] != "open":
        return "converted" if stage["kind"] == "won" else "rejected"
    if stage["qualifies"]:
        return "qualified"
    return "new" if stages.first_stage(stage["pipeline"]) == stage["id"] else "working"


def check_channel(drafts: Sequence[Draft]) -> None:
    """At least one way to reach them is known (GA-37)."""
    for draft in drafts:
        if any(draft.values.get(one) for one in CHANNELS):
            continue
        faulty = {problem.field for problem in draft.problems}
        touched = draft.created or any(draft.changed(one) for one in CHANNELS)
        if touched and not faulty.intersection(CHANNELS):
            draft.problem("email", "no_channel")


def check_ways_in(drafts: Sequence[Draft], env: WriteEnv) -> None:
    """A lead becomes *converted* by converting it, unless an import tells what happened elsewhere."""
    for draft in drafts:
        turned = draft.values.get("status") == "converted" and draft.before.get("status") != "converted"
        if turned and draft.values.get("converted_on") is None and not env.lenient:
            draft.problem(None, "convert_instead")
        left = draft.before.get("status") == "converted" and draft.values.get("status") != "converted"
        if left and not env.lenient:
            draft.problem(None, "already_converted")


def check_recycling(drafts: Sequence[Draft], env: WriteEnv) -> None:
    """Only a day to come brings a lead back."""
    for draft in drafts:
        day = draft.values.get("recycle_on")
        if day is not None and draft.changed("recycle_on") and day <= env.context.today and not env.lenient:
            draft.problem("recycle_on", "recycle_in_past")
