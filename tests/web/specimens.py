"""What the specimen pages show: an invented firm's deals, shaped as the components' contracts say."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import mark_safe

from tracte.engine.timeline import Changed, FieldChange, Timeline, Written, talks
from tracte.meta.kinds import LongText, Tags, Text
from tracte.meta.kinds.base import Context, Kind
from tracte.meta.registry import registry
from tracte.web import rows, ui
from tracte.web.menu import Area, Banner, Entry, Menu, Shortcut
from tracte.web.recordparts import Teller, section, timeline_days

STAGES = [
    {"name": "New", "p": 10, "kind": "open", "hue": "stone"},
    {"name": "Qualified", "p": 25, "kind": "open", "hue": "sea"},
    {"name": "Proposal", "p": 50, "kind": "open", "hue": "violet"},
    {"name": "Negotiation", "p": 70, "kind": "open", "hue": "ochre"},
    {"name": "Verbal yes", "p": 90, "kind": "open", "hue": "teal"},
    {"name": "Won", "p": 100, "kind": "won", "hue": "green"},
    {"name": "Lost", "p": 0, "kind": "lost", "hue": "stone"},
]
BY_NAME = {stage["name"]: stage for stage in STAGES}
DEALS = [
    ("Labelling upgrade, bottling line 2", "Cellers Montgrí", "Núria Ferrer", "Verbal yes", "€42,800", "24 Nov", 4, 10),
    ("Maintenance contract 2027-2029", "Forns Vilardell", "Núria Ferrer", "Negotiation", "€28,600", "25 Nov", 15, 12),
    (
        "Sensor retrofit and operator training for all three mills in the valley",
        "Paperera del Ter",
        "Laia Soler",
        "Proposal",
        "€49,200",
        "27 Nov",
        22,
        9,
    ),
    ("Pick-to-light, nau 2", "Tèxtils Llobregat SA", "Jordi Puigdellívol", "Verbal yes", "€63,750", "30 Nov", 2, 10),
    (
        "Stretch wrapper, Palamós quay",
        "Serveis Portuaris de Palamós",
        "Laia Soler",
        "Negotiation",
        "€31,400",
        "30 Nov",
        9,
        12,
    ),
    ("Line 3 palletising cell", "Brașov Panificație SA", "Ioana Ștefănescu", "Proposal", "€74,500", "4 Dec", 26, 9),
    (
        "Harbourline cross-dock conveyor, Felixstowe",
        "Harbourline Freight Ltd",
        "Núria Ferrer",
        "Negotiation",
        "€186,400",
        "12 Dec",
        23,
        12,
    ),
    ("Cold room automation study", "Embotits Casa Riera", "Laia Soler", "Qualified", "€12,500", "21 Dec", 3, 14),
    ("Carton erector with vision check", "Whitby & Sons Provisions", "Núria Ferrer", "New", "€56,900", "15 Jan", 5, 14),
]
NEXT = [
    rows.NextStep("Visit Torroella", "16:00", "calendar"),
    rows.NextStep("Send revised quote", "Wed", "file-text", True),
    None,
]


def menu(request: HttpRequest) -> Menu:
    """A shell with everything in it."""
    modules = (
        Entry("opportunity", "Opportunities", "/opportunities/", "target", "148", "o"),
        Entry("contact", "Contacts", "/contacts/", "users", "2,914", "p"),
        Entry("account", "Accounts", "/accounts/", "building-2", "871", "a"),
        Entry("product", "Products", "/products/", "package", "312"),
    )
    return Menu(
        areas=(
            Area("home", "Home", "/", "house", keys="h"),
            Area("sell", "Sell", "/opportunities/", "target", modules),
            Area("settings", "Settings", "/settings/", "settings", at_end=True, keys="s"),
        ),
        pinned=(Shortcut("Harbourline Freight", "#"), Shortcut("Q4 pipeline", "#", "icon", "square-kanban")),
        recent=(Shortcut("Sortation line Cluj hub", "#"), Shortcut("Ioana Ștefănescu", "#", "person")),
        create=(
            Entry("opportunity", "Opportunity", "/opportunities/new", "target", keys="o"),
            Entry("contact", "Contact", "/contacts/new", "users", keys="p"),
        ),
        profile=(Entry("profile", "Your profile", "/settings/profile", "user-round"),),
        banners=(
            (Banner("A demo firm: everything here is invented, and no mail leaves."),)
            if request.GET.get("banner")
            else ()
        ),
        name="Núria Ferrer",
        email="nuria.ferrer@ferrerpuig.example",
        about_url="/about",
    )


def _list() -> dict[str, Any]:
    shape = [
        ("text", "title", False),
        ("reference", "sub", False),
        ("person", "", False),
        ("stage", "status", False),
        ("money", "figure", True),
        ("date", "side", True),
        ("age", "", False),
        ("long", "foot", False),
    ]
    classes = [rows.cell_class(*column) for column in shape]
    made = []
    for n, (name, account, owner, stage, amount, close, days, usual) in enumerate(DEALS):
        step, s = NEXT[n % 3], BY_NAME[stage]
        cells = [
            ui.link_cell(name, "/opportunities/1/"),
            ui.org_cell(account),
            ui.person_cell(owner, owner.split()[0]),
            ui.stage(s["name"], s["p"], s["kind"], s["hue"]),
            ui.amount(amount),
            close,
            ui.age(days, usual),
            ui.cell(step.text, "bad" if step.late else "", step.icon, step.due)
            if step
            else ui.cell("No next step", "warn", "triangle-alert"),
        ]
        if n in (0, 5):
            name_of = "November 2026" if n == 0 else "December 2026"
            made.append(
                rows.group_row(
                    name_of,
                    "5",
                    ["", "", "", "", ui.amount("€215,750"), "", "", mark_safe("<small>weighted €162,500</small>")],
                    classes,
                    "bulk",
                )
            )
        made.append(rows.row(f"id{n}", name, cells, classes, "bulk"))
    heads = ["Opportunity", "Account", "Owner", "Stage", "Amount", "Close", "In stage", "Next step"]
    columns = [
        {
            "label": label,
            "kind": kind,
            "slot": slot,
            "num": num,
            "sort_url": "?sort=x",
            "sort": "ascending" if label == "Close" else None,
        }
        for label, (kind, slot, num) in zip(heads, shape, strict=True)
    ]
    total = [
        mark_safe("16 <small>opportunities</small>"),
        "",
        "",
        "",
        "€1,366,450",
        "",
        "",
        mark_safe("<small>weighted €655,100</small>"),
    ]
    return {
        "kinds": [
            {"label": "List", "icon": "list", "url": "#", "current": True},
            {"label": "Board", "icon": "square-kanban", "url": "#"},
        ],
        "actions": [
            {"label": "Import", "icon": "upload", "url": "#"},
            {"label": "Export", "icon": "download", "url": "#", "post": True},
        ],
        "primary": {"label": "New opportunity", "short": "New", "url": "#"},
        "views": [
            {"label": label, "url": "#", "current": label == "Closing soon"}
            for label in ("My open", "Closing soon", "Team pipeline", "Neglected", "Won this year")
        ],
        "columns_form": mark_safe('<form class="filter-form"><button type="submit" class="btn">Apply</button></form>'),
        "chips": [
            {"field": "Close date", "op": "is in the next", "value": "90 days", "remove_url": "#"},
            {"field": "Stage", "op": "is", "value": "any open stage", "remove_url": "#"},
        ],
        "add": [{"label": "Owner", "url": "#"}, {"label": "Amount", "url": "#"}],
        "selects": [
            {"label": "Group by", "value": "Close month", "icon": "group", "items": [{"label": "Stage", "url": "#"}]},
            {"label": "Sort by", "value": "Close date", "icon": "arrow-up-down", "items": []},
        ],
        "grid": {
            "id": "rows",
            "caption": "Opportunities closing in the next 90 days",
            "columns": columns,
            "rows": mark_safe("".join(made)),
            "total": total,
            "select": True,
            "bulk": "bulk",
        },
        "bulk": {
            "id": "bulk",
            "url": "/opportunities/bulk",
            "matching": "16",
            "matching_query": "{}",
            "actions": [
                {"name": name.lower(), "label": name, "icon": sign}
                for name, sign in [
                    ("Edit", "pencil"),
                    ("Assign", "user-round"),
                    ("Export", "download"),
                    ("Delete", "trash-2"),
                ]
            ],
        },
        "next_url": "#",
        "shown": "1–50 of 1,000+",
    }


def _board() -> dict[str, Any]:
    card = rows.Card("c", 1, "", "/opportunities/1/", wants_next=True)
    columns = []
    for n, stage in enumerate(STAGES):
        cards = [
            rows.deal_card(
                replace(
                    card,
                    id=f"c{n}{i}",
                    name=deal[0],
                    account=deal[1],
                    owner=deal[2],
                    amount=deal[4],
                    days=deal[6],
                    usual=deal[7],
                    next=NEXT[i % 3],
                    move_url=f"/opportunities/c{n}{i}/move",
                )
            )
            for i, deal in enumerate(DEALS)
            if (i + n) % 3 == 0
        ]
        columns.append(
            {
                "id": f"s{n}",
                "name": stage["name"],
                "hue": stage["hue"],
                "probability": stage["p"],
                "kind": stage["kind"],
                "count": 41 - n,
                "sum": "€1,204,300",
                "weighted": "€120k at 10 %",
                "add_url": "#",
                "shut": stage["kind"] != "open",
                "cards": mark_safe("".join(cards)),
            }
        )
    return {**_list(), "board": {"label": "Board", "open": 5, "columns": columns}}


def _path(names: list[str], now: int, compact: bool = False) -> dict[str, Any]:
    return {
        "url": "/opportunities/1/stage",
        "version": 3,
        "compact": compact,
        "stages": [
            {
                "id": str(i),
                "name": name,
                "state": "done" if i < now else "now" if i == now else "",
                "spent": f"{2 + 7 * i} d" if i <= now else "",
            }
            for i, name in enumerate(names)
        ],
    }


def _record() -> dict[str, Any]:
    return {
        "record": {
            "title": "Harbourline cross-dock conveyor, Felixstowe",
            "sign": "org",
            "crumbs": [{"label": "Opportunities", "url": "#"}, {"label": "Harbourline Freight Ltd", "url": "#"}],
            "number": "OP-2026-0198",
            "pin": {"url": "/pin?on=1", "on": False},
            "link": "#",
            "pager": {"shown": "7 of 16", "previous_url": "#", "next_url": ""},
            "buttons": [
                {"label": "Lost", "url": "/x", "post": True},
                {"label": "Won", "url": "/x", "post": True, "phone": True},
                {"label": "Edit", "icon": "pencil", "url": "#", "primary": True, "phone": True},
            ],
            "actions": [{"label": "Delete", "icon": "trash-2", "url": "/x", "post": True, "danger": True}],
        },
        "facts": [
            {"label": "Amount", "html": "€186,400", "big": True},
            {"label": "Weighted, 70 %", "html": "€130,480"},
            {"label": "Expected close", "html": mark_safe('12 Dec 2026 <span class="faint">in 23 days</span>')},
            {"label": "Owner", "html": ui.person_cell("Núria Ferrer")},
            {"label": "Next step", "html": mark_safe(ui.icon("phone", "s") + "Price call, today 11:30")},
        ],
        "path": _path(["New", "Qualified", "Proposal", "Negotiation", "Verbal yes", "Won"], 3),
        "panels": [
            {
                "title": "Contacts",
                "count": 2,
                "add_url": "#",
                "add_label": "Add a contact",
                "all_url": "#",
                "items": [
                    {
                        "title": "Emily Hargreaves",
                        "note": "Operations Director",
                        "url": "#",
                        "sign": "person",
                        "name": "Emily Hargreaves",
                        "tag": ui.pill("Decides", "violet"),
                    },
                    {
                        "title": "Ștefania Brâncoveanu-Marinescu",
                        "note": "IT Integration Lead",
                        "url": "#",
                        "sign": "person",
                        "name": "Ștefania Brâncoveanu-Marinescu",
                        "tag": ui.pill("Can block", "rose"),
                    },
                ],
            },
            {
                "title": "Products",
                "count": 0,
                "add_url": "#",
                "add_label": "Add a product",
                "items": [],
                "empty": "No product yet",
            },
        ],
    }


def record_parts(nonce: str) -> dict[str, Any]:
    """The details and the timeline of the record, drawn by the functions that draw those of real ones."""
    kinds: dict[str, Kind] = {
        "account": Text("Account").bound("account"),
        "type": Text("Type").bound("type"),
        "source": Text("Source").bound("source"),
        "tags": Tags("Tags").bound("tags"),
        "need": LongText("Need").bound("need"),
    }
    values = {
        "account": "Harbourline Freight Ltd",
        "type": "New business",
        "source": "",
        "tags": ("Conveyor", "Multi-site"),
        "need": "Three sheds share one sorter today.",
    }
    context = Context(today=date(2026, 11, 24))
    page: Any = SimpleNamespace(
        spec=registry()["opportunity"],
        rows=SimpleNamespace(snapshot=SimpleNamespace(title=lambda entity, pk: None)),
        actor=SimpleNamespace(user_id=1),
        version=3,
        values=values,
        context=context,
        editable=kinds.keys(),
    )
    at = datetime(2026, 11, 23, 17, 40, tzinfo=UTC)
    moved = FieldChange("type", kinds["type"], "Extension", "New business", True)
    found = FieldChange("source", kinds["source"], "", "Fair", True)
    note = next(talk for talk in talks() if talk.spec.key == "note")
    said = {"body": "<p>Beltway quoted 9 % lower but without the sorter software.</p>", "pinned": True, "private": True}
    pinned = Written(3, at, note, said, editable=True, deletable=True)
    events = tuple(
        Changed(n, at - timedelta(days=n), "update", n, origin, person, name, "", False, fields, True)
        for n, origin, person, name, fields in (
            (1, "ui", 1, "", (moved, found)),
            (2, "import", 2, "Jordi Puigdellívol", (moved,)),
        )
    )
    teller = Teller(page, context, "/", nonce, "/")
    shows = [("Everything", True), ("Notes", False), ("Changes", False)]
    return {
        "sections": [
            section(page, "Deal", list(kinds.items())[:4], "/", nonce, "#"),
            section(page, "Need", [("need", kinds["need"])], "/", nonce),
        ],
        "talks": {
            "filters": [{"label": label, "url": "#", "current": current} for label, current in shows],
            "history_url": "#",
            "more_url": "#",
            "days": timeline_days(Timeline((pinned,), events, None, {}), teller),
            "composer": {
                "url": "/notes",
                "draft_key": "note-1",
                "label": "Note",
                "placeholder": "Write a note",
                "flags": [{"name": "pinned", "label": "Pin"}, {"name": "private", "label": "Only for me"}],
            },
        },
    }


def _input(key: str, value: str = "", extra: str = "") -> str:
    return mark_safe(f'<input class="input-box" id="f-{key}" name="{key}" value="{value}" {extra}>')


def _form() -> dict[str, Any]:
    wrong = 'aria-invalid="true" aria-describedby="f-vat-error"'
    return {
        "form": {
            "title": "New opportunity",
            "action": "/opportunities/new",
            "version": "",
            "draft": {"key": "opportunity-new", "url": "/opportunities/new/draft", "restore": "?draft=1"},
            "save_label": "Create opportunity",
            "again_label": "Create and add another",
            "cancel_url": "#",
            "problems": [
                {"key": "vat", "label": "VAT number", "message": "A Spanish VAT number has 9 characters after ES."},
                {"key": "name", "label": "Name", "message": "Give it a name."},
            ],
            "warnings": ["Looks like Carpati Logistic, Cluj. Same phone."],
            "accept": {"name": "_accept", "label": "It is another one, save it"},
            "groups": [
                {
                    "title": "Deal",
                    "text": "What it is and for whom.",
                    "fields": [
                        {
                            "key": "name",
                            "label": "Name",
                            "input": _input("name", "", 'aria-invalid="true" aria-describedby="f-name-error"'),
                            "required": True,
                            "wide": True,
                            "errors": ["Give it a name."],
                        },
                        {
                            "key": "stage",
                            "label": "Stage",
                            "input": mark_safe(
                                '<select class="input-box" id="f-stage" name="stage">'
                                "<option>Qualified</option></select>"
                            ),
                        },
                        {
                            "key": "amount",
                            "label": "Amount",
                            "input": mark_safe(
                                '<span class="money-in"><input class="input-box" id="f-amount" name="amount" value="1">'
                                '<select class="input-box" name="amount_currency" aria-label="Currency">'
                                "<option>EUR</option></select></span>"
                            ),
                        },
                        {
                            "key": "vat",
                            "label": "VAT number",
                            "input": _input("vat", "ESB6541298", wrong),
                            "errors": ["A Spanish VAT number has 9 characters after ES. One is missing."],
                        },
                        {
                            "key": "close",
                            "label": "Expected close",
                            "input": _input("close", "2026-12-12", 'type="date"'),
                            "hint": "When they sign, not when they pay.",
                        },
                    ],
                },
                {
                    "title": "Words",
                    "one": True,
                    "fields": [
                        {
                            "key": "text",
                            "label": "Description",
                            "input": mark_safe('<textarea class="input-box grow" id="f-text" name="text"></textarea>'),
                        },
                        {
                            "key": "hot",
                            "label": "Urgent",
                            "tick": True,
                            "input": mark_safe('<input type="checkbox" class="checkbox" id="f-hot" name="hot">'),
                        },
                    ],
                },
            ],
        }
    }


def _import() -> dict[str, Any]:
    return {
        "steps": [
            {"label": "File", "done": True},
            {"label": "Columns", "done": True},
            {"label": "Preview", "current": True},
            {"label": "Apply"},
        ],
        "tabs": [
            {"kind": kind, "label": label, "count": count, "note": note, "url": "#", "current": kind == "upd"}
            for kind, label, count, note in [
                ("new", "New", "312", "will be created"),
                ("upd", "Updated", "487", "1,126 fields change"),
                ("same", "Unchanged", "391", "nothing to do"),
                ("bad", "Problems", "14", "left out until fixed"),
            ]
        ],
        "import_chips": [{"field": "Show", "value": "updated and problem rows"}],
        "parts": [("new", 312), ("upd", 487), ("same", 391), ("bad", 14)],
        "changes": [
            {
                "number": 12,
                "kind": "upd",
                "word": "Updated",
                "title": "Carpați Logistic SRL",
                "sign": "org",
                "diffs": [
                    {"label": "Phone", "before": "0264 43 21 90", "after": "+40 264 432 190"},
                    {"label": "Industry", "before": "", "after": "Road freight"},
                ],
                "action": {"label": "Leave out", "url": "#", "post": True, "quiet": True},
            },
            {
                "number": 17,
                "kind": "bad",
                "word": "Problem",
                "title": "Țesătoria Brașov SA",
                "sign": "org",
                "why": "VAT number RO1829374 fails its check digit.",
                "fix": "Did they mean RO18293740? Fix it here or leave the row out.",
                "action": {"label": "Fix", "url": "#"},
            },
            {
                "number": 32,
                "kind": "new",
                "word": "New",
                "title": "Moldova Ambalaje SRL",
                "sign": "org",
                "text": "New account in Bacău, 12 of 14 fields filled",
                "warning": "No owner",
            },
        ],
        "progress": {
            "url": "/tasks/1",
            "title": "Applying",
            "done": 512,
            "total": 799,
            "text": "512 of 799",
            "cancel_url": "/tasks/1/cancel",
            "finished": True,
        },
    }


def _components() -> dict[str, Any]:
    long_names = [
        "First contact made by phone",
        "Needs understood and written down",
        "Technical workshop held",
        "Offer sent",
        "Offer discussed with the board of directors",
        "Contract with their lawyers",
        "Signed",
        "Kick-off",
    ]
    return {
        "stages": STAGES,
        "hues": ui.HUES,
        "people": ["Núria Ferrer", "Ioana Ștefănescu", "Mihai Țurcanu"],
        "firms": ["Cellers Montgrí", "Țesătoria Brașov"],
        "sample_fields": _form()["form"]["groups"][0]["fields"][3:5],
        "long_path": _path(long_names, 4, compact=True),
        "empty_primary": {"label": "Show next 90 days", "url": "#"},
        "empty_second": {"label": "Add dates to 12", "url": "#"},
        "actions": [
            {"label": "Export", "icon": "download", "url": "#"},
            {"label": "Delete", "icon": "trash-2", "url": "#", "post": True, "danger": True},
        ],
        "edit_field": {
            "key": "forecast",
            "label": "Forecast",
            "input": mark_safe('<input id="edit-forecast" name="forecast" value="Commit">'),
            "save_url": "/x",
            "cancel_url": "/y",
            "version": 3,
            "errors": [],
        },
    }


def _home() -> dict[str, Any]:
    return {
        "deals": [
            {
                "name": name,
                "account": account,
                "stage": stage,
                "p": BY_NAME[stage]["p"],
                "hue": BY_NAME[stage]["hue"],
                "amount": amount,
                "days": days,
                "usual": usual,
            }
            for name, account, _o, stage, amount, _c, days, usual in DEALS[:6]
        ],
        "funnel": {
            "label": "Open pipeline by stage",
            "most": 234,
            "rows": [
                {"label": label, "url": "#", "value": value, "sum": f"€{value}k", "count": n}
                for label, value, n in [("New", 96, 6), ("Qualified", 182, 7), ("Negotiation", 234, 3)]
            ],
        },
    }


GATE = {
    "title": "Move to Negotiation",
    "text": "This stage asks for two things first.",
    "action": "/opportunities/c1/move",
    "hidden": [{"name": "stage", "value": "s3"}],
    "fields": [{"key": "gate-amount", "label": "Amount", "input": _input("gate-amount"), "required": True}],
    "problems": [],
    "save_label": "Move",
}

PAGES: dict[str, tuple[str, str, Any]] = {
    "list": ("sell", "opportunity", _list),
    "board": ("sell", "opportunity", _board),
    "record": ("sell", "opportunity", _record),
    "form": ("sell", "opportunity", _form),
    "import": ("sell", "account", _import),
    "home": ("home", "", _home),
    "components": ("settings", "", _components),
}
