"""What is measured: the seller's pages and, for each, the bare page it is compared with."""

import json
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db.models import Count

from tracte.config.bench.filling import CITIES, LEADS
from tracte.config.bench.measuring import Asked, Page
from tracte.engine.savedviews import key_of
from tracte.kernel.actor import Actor
from tracte.kernel.ids import encode
from tracte.records import door, query
from tracte.records import snapshot as snapshots
from tracte.records.people import Token, User
from tracte.records.sorting import read_sort, write_cursor
from tracte.records.tables import RecordLink

FIELDS = ("first_name", "last_name", "job_title", "email", "mobile", "account", "owner", "modified_at")
CSRF = "benchbenchbenchbenchbenchbench12"


@dataclass(frozen=True, slots=True)
class Seller:
    """Somebody signed in twice: in a browser and with a key for the API."""

    actor: Actor
    page: dict[str, str]
    api: dict[str, str]


def sign_in(user_id: int) -> Seller:
    """Make a session and a token, as signing in and the settings page would."""
    user = User.objects.get(pk=user_id)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    cookies = {settings.SESSION_COOKIE_NAME: session.session_key, settings.CSRF_COOKIE_NAME: CSRF}
    return Seller(
        snapshots.current().actor(user_id),
        {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())},
        {"Authorization": f"Bearer {Token.issue(user, 'bench')}"},
    )


def pages(seller: Seller, scoped: Seller) -> list[Page]:
    """Everything the bench measures, in the order it is told."""
    rows = query.rows("contact", seller.actor)
    mine = list(rows.queryset().order_by("title_key", "pk").values_list("pk", "title_key"))
    deep_id, deep_key = mine[len(mine) // 2]
    spec = rows.spec
    cursor = write_cursor(read_sort(spec, spec.declaration.list.sort, seller.actor), [deep_key, deep_id])
    city = CITIES[7]
    told = _most_told({pk for pk, _ in mine})
    filter_ = json.dumps(["address.city", "eq", city])
    bare, bare_json = Asked("/floor/contacts/"), Asked("/floor/contacts.json")
    listed: list[tuple[str, dict[str, str], Asked]] = [
        ("list", {}, bare),
        ("list_deep", {"cursor": cursor}, _floor(after=deep_key, id=deep_id)),
        ("list_filtered", {"filter": filter_}, _floor(city=city)),
        ("list_scoped", {}, bare),
        ("list_sorted", {"sort": "-modified_at"}, _floor(sort="-modified_at")),
    ]
    whose = {"list_scoped": scoped.page}
    found = [
        Page(key, Asked(_with("/contacts/", params), whose.get(key, seller.page)), floor)
        for key, params, floor in listed
    ]
    found += [
        Page("record", Asked(f"/contacts/{encode(told)}/", seller.page), Asked(f"/floor/contacts/{told}/")),
        Page("board", Asked("/opportunities/board", seller.page), bare),
    ]
    for key, words in {"word": "lundberg", "prefix": "lund", "substring": "undber", "mail": "firm42.example"}.items():
        palette = {**seller.page, "HX-Request": "true"}
        found.append(Page(f"search_{key}", Asked(_with("/search", {"q": words, "palette": "1"}), palette), bare))
    opened = {"q": "lund", "palette": "1", "at": f"/contacts/{encode(told)}/"}
    found.append(Page("palette", Asked(_with("/search", opened), {**seller.page, "HX-Request": "true"}), bare))
    found.append(Page("view_switch", Asked(_with("/opportunities/", {"view": _saved_view(seller)}), seller.page), bare))
    found += _creates(seller)
    figures = _with("/api/v1/opportunities/aggregate", {"group": "stage", "measure": "count,sum:amount"})
    listing = _with("/api/v1/contacts", {"fields": ",".join(FIELDS), "limit": "50"})
    found.append(Page("api_list", Asked(listing, seller.api), bare_json))
    found.append(Page("aggregate", Asked(figures, seller.api), bare_json))
    return found


def _creates(seller: Seller) -> list[Page]:
    """The same new contact by form, by API and by the bare view."""
    account = query.rows("account", seller.actor).ids(1)[0]
    owner = int(seller.actor.user_id or 0)
    values = {
        "first_name": "New",
        "last_name": "Contact {n}",
        "email": "new.{n}.KEY@bench.example.org",
        "mobile": "+34699{n}",  # six digits more make a whole number
        "job_title": "Buyer",
    }

    def made(key: str) -> dict[str, str]:
        return {name: value.replace("KEY", key) for name, value in values.items()}

    team = min(seller.actor.teams)
    place = {"address_city": "Girona 1", "address_country": "ES", "account_id": str(account)}
    floor = Asked(
        "/floor/contacts/new/",
        form={**made("floor"), **place, "owner_id": str(owner), "team_id": str(team)},
        status=201,
    )
    form = {**made("form"), "account": encode(account), "owner": encode(owner), "csrfmiddlewaretoken": CSRF}
    body: dict[str, Any] = {**made("api"), "account": encode(account), "address": {"city": "Girona 1", "country": "ES"}}
    leads = iter(map(encode, query.rows("lead", seller.actor).ids(LEADS)))
    convert = json.dumps({"account": "new", "contact": "new", "opportunity": "new"})
    return [
        Page("create_form", Asked("/contacts/new/", seller.page, form=form, status=302), floor),
        Page("create_api", Asked("/api/v1/contacts", seller.api, body=json.dumps(body), status=201), floor),
        Page("lead_convert", Asked("/api/v1/leads/{each}/convert", seller.api, body=convert, each=leads), floor),
    ]


def _saved_view(seller: Seller) -> str:
    """A view the seller saved: open deals in groups by stage, with subtotals and cells to edit."""
    values = {
        "name": "By stage",
        "entity": "opportunity",
        "condition": {"all": [["stage.kind", "eq", "open"]]},
        "shown": "title,account,stage,amount,closes_on,next_step,owner",
        "order": "-amount",
        "grouping": "stage",
    }
    return key_of(door.create(seller.actor, "saved_view", values, origin="system").id)


def _most_told(within: set[int]) -> int:
    """The seller's contact with the most notes: a record page with something on it."""
    told = RecordLink.objects.filter(field="note.about").values_list("to_id").annotate(notes=Count("id"))
    return int(max((notes, pk) for pk, notes in told if pk in within)[1])


def _with(path: str, params: dict[str, str]) -> str:
    return f"{path}?{urlencode(params)}" if params else path


def _floor(**params: Any) -> Asked:
    return Asked(_with("/floor/contacts/", {name: str(value) for name, value in params.items()}))
