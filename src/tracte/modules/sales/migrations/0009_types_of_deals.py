"""The value list *opportunity type* becomes records: every deal follows, a batch at a time.

Each batch is a transaction of its own, and what was done already is not done again: a run that broke off goes on.
History is never rewritten; where it tells of an entry, the record of the same key is meant (:mod:`tracte.records.past`).
"""

from collections.abc import Iterator
from typing import Any

from django.db import migrations, models
from django.utils import timezone
from django.utils.translation import gettext, override

from tracte.kernel.fold import fold
from tracte.kernel.ids import new_id
from tracte.records.indexing import AddIndexOnline

LIST = "opportunity_type"
BATCH = 2_000
# What was shipped: key, label, hue. The labels are in the catalogues of the interface.
SHIPPED = {
    "new_business": ("New business", "blue"),
    "expansion": ("Expansion", "teal"),
    "renewal": ("Renewal", "green"),
    "replacement": ("Replacement", "ochre"),
    "service": ("Service", "violet"),
    "pilot": ("Pilot", "sea"),
}


def make_types(apps: Any, schema_editor: Any) -> None:
    """A record for every entry shipped, added or in use; deals point to it."""
    company = apps.get_model("records", "Company").objects.filter(deleted_at=None).first()
    deals = apps.get_model("sales", "Opportunity").objects
    if company is None and not deals.exists():
        return  # a fresh home: its first types are planted when it is set up
    with override((company and company.language) or "en"):
        entries = {key: (gettext(label), hue, True) for key, (label, hue) in SHIPPED.items()}
    items = apps.get_model("records", "ValueItem").objects.filter(list=LIST, deleted_at=None)
    for key, label, hue, retired in items.values_list("key", "label", "hue", "retired"):
        entries[key] = (label, hue or "stone", not retired)
    for key in deals.exclude(type_key=None).values_list("type_key", flat=True).distinct():
        entries.setdefault(key, (key.replace("_", " ").capitalize(), "stone", True))
    types = apps.get_model("sales", "OpportunityType").objects
    taken = {fold(name) for name in types.values_list("name", flat=True)}
    for key, (label, hue, active) in entries.items():
        if not types.filter(key=key).exists():
            name = label if fold(label) not in taken else f"{label} ({key})"
            taken.add(fold(name))
            now = timezone.now()
            made = {"created_at": now, "modified_at": now, "title_key": fold(name)[:120]}
            types.create(id=new_id(), name=name[:120], key=key, hue=hue, active=active, **made)
    known = dict(types.values_list("key", "id"))
    for ids in _batches(deals.filter(type=None).exclude(type_key=None)):
        for key in set(deals.filter(pk__in=ids).values_list("type_key", flat=True)):
            deals.filter(pk__in=ids, type_key=key).update(type_id=known[key])
    items.update(deleted_at=timezone.now())
    _bump(apps)


def make_entries(apps: Any, schema_editor: Any) -> None:
    """The way back: each deal has the key of its type, and the list every entry that is not as it was shipped."""
    types = dict(apps.get_model("sales", "OpportunityType").objects.exclude(key=None).values_list("id", "key"))
    deals = apps.get_model("sales", "Opportunity").objects
    for ids in _batches(deals.filter(type_key=None).exclude(type=None)):
        for pk in set(deals.filter(pk__in=ids).values_list("type_id", flat=True)):
            deals.filter(pk__in=ids, type_id=pk).update(type_key=types.get(pk))
    items = apps.get_model("records", "ValueItem").objects
    for one in apps.get_model("sales", "OpportunityType").objects.filter(deleted_at=None).exclude(key=None):
        if one.key not in SHIPPED or not one.active or one.name != SHIPPED[one.key][0]:
            now = timezone.now()
            values = {"label": one.name, "hue": one.hue or "stone", "retired": not one.active, "position": 100}
            made = {"created_at": now, "modified_at": now, "title_key": fold(one.name)[:120]}
            items.create(id=new_id(), list=LIST, key=one.key, **values, **made)
    _bump(apps)


def _batches(rows: Any) -> Iterator[list[int]]:
    """Ids of rows, in order, a batch at a time."""
    last = 0
    while ids := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield ids
        last = ids[-1]


def _bump(apps: Any) -> None:
    """Workers read the directory anew."""
    apps.get_model("records", "MetaVersion").objects.filter(pk=1).update(version=new_id())


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sales", "0008_opportunity_types"), ("records", "0005_form_drafts")]

    operations = [
        migrations.RunPython(make_types, make_entries, atomic=False),
        AddIndexOnline(
            model_name="opportunity",
            index=models.Index(
                condition=models.Q(("type__isnull", False)), fields=["type"], name="opportunity_type_of"
            ),
        ),
        migrations.RemoveField(model_name="opportunity", name="type_key"),
    ]
