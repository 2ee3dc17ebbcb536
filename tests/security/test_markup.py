"""What people type is never markup: a corpus in every text, in a real browser (engine E5 of the trust plan; SEC-33 to 39)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tracte.engine.importing import drafts, wizard
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.meta.registry import registry
from tracte.records import door, query, snapshot
from tracte.records.people import User
from tracte.records.tasks.registry import load_jobs
from tracte.records.tasks.worker import Worker
from tracte.testing.actors import hire, plant

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

CORPUS = (
    "<script>window.__x=1;alert(1)</script>",
    '"><img src=x onerror="window.__x=1;alert(1)">',
    "' autofocus onfocus='window.__x=1' x='",
    "<svg/onload=alert(1)><base href=//evil.example>",
    "</textarea></title></option></select><img src=x onerror=alert(1)>",
    "javascript:alert(1)//{{7*7}}${7*7}<%= 7*7 %>",
)
BAD_DOM = """() => [...document.querySelectorAll('*')].flatMap((one) => [...one.attributes]
  .filter((a) => a.name.startsWith('on') || /^\\s*javascript:/i.test(a.value) && ['href', 'src', 'action', 'formaction'].includes(a.name))
  .map((a) => `${one.tagName} ${a.name}=${a.value}`)
  ).concat(document.querySelector('base, svg[onload], img[src=x]') ? ['an element of the corpus'] : [])
   .concat(window.__x ? ['it ran'] : [])"""


def fill() -> dict[str, int]:
    """Records whose every free text is of the corpus, pointing to each other."""
    made: dict[str, int] = {}
    for number, nasty in enumerate(CORPUS):
        account = {"name": nasty, "description": nasty, "example_route": nasty}
        account |= {"billing_address": {"street": nasty, "city": nasty, "country": "ES"}}
        made["account"] = door.create(OPERATOR, "account", account, origin="system", strict=True).id
        pointing = {"account": encode(made["account"])}
        contact = {"first_name": nasty, "last_name": nasty, "job_title": nasty, **pointing}
        made["contact"] = door.create(OPERATOR, "contact", contact, origin="system", strict=True).id
        deal = {"name": nasty, "next_step": nasty, "objective": nasty, **pointing}
        made["opportunity"] = door.create(OPERATOR, "opportunity", deal, origin="system", strict=True).id
        about = [encode(made[key]) for key in ("account", "contact", "opportunity")]
        note = {"body": f"<p>{nasty}</p><a href='javascript:alert(1)' onclick='alert(1)'>x</a>{nasty}", "about": about}
        made["note"] = door.create(OPERATOR, "note", note, origin="system", strict=True).id
        door.create(OPERATOR, "product", {"name": nasty, "sku": nasty[:60]}, origin="system", strict=True)
        door.create(OPERATOR, "team", {"name": f"{number}{nasty}"[:120]}, origin="system", strict=True)
        user = {"name": nasty[:120], "email": f"u{number}@people.example"}
        made["user"] = door.create(OPERATOR, "user", user, origin="system", strict=True).id
        door.update(OPERATOR, "account", made["account"], {"owner": encode(made["user"])}, origin="ui", title=nasty)
        stage = next(iter(query.system_rows("stage").ids()))
        door.update(OPERATOR, "stage", stage, {"name": nasty[:80]}, origin="system")
    return made


def preview(actor: Actor) -> int:
    """An import whose file name, header and cells are of the corpus, worked out for its preview."""
    cells = ['"{0}","{0}"\n'.format(nasty.replace('"', '""')).encode() for nasty in CORPUS]
    header = f'name,"{CORPUS[0]}"\n'.encode()
    set_id = drafts.begin(actor, "account", f"{CORPUS[1][:40]}.csv", [header, *cells])
    wizard.set_columns(set_id, actor, [wizard.Choice("name", "name"), wizard.Choice(CORPUS[0], "description")])
    wizard.preview(set_id, actor)
    load_jobs()
    Worker().drain()
    return set_id


@pytest.mark.browser
def test_no_text_ever_runs(
    context: "BrowserContext", page: "Page", sign_in: Callable[[Any], None], settings: Any
) -> None:
    snapshot.forget()
    plant()
    people = hire()
    made, set_id = fill(), preview(people["admin"].actor)
    sign_in(User.objects.get(pk=people["admin"].id))
    told: list[str] = []
    page.on("dialog", lambda dialog: (told.append(f"dialog on {page.url}"), dialog.dismiss()))
    plurals = {key: registry()[key].plural for key in made}
    lists = [f"/{plural}/?view=" for plural in (*plurals.values(), "teams", "products", "stages")]
    records = [f"/{plurals[key]}/{encode(pk)}/" for key, pk in made.items()]
    forms = [f"/{plurals[key]}/{encode(pk)}/edit/" for key, pk in made.items()]
    others = [
        "/",
        "/opportunities/board?view=",
        "/search?q=alert",
        f"/search?q={CORPUS[1]}",
        f"/accounts/?view=&q={CORPUS[0]}",
    ]
    others += [
        "/changes/?all=1",
        f"/imports/{set_id}/columns",
        f"/imports/{set_id}/preview",
        f"/accounts/?view=&sort={CORPUS[0]}",
    ]
    others += [
        f"/accounts/{encode(made['account'])}/tree/",
        "/settings/roles/",
        "/settings/sharing/",
        "/settings/stand-in/",
        "/settings/private-fields/",
        "/settings/audit/",
        "/settings/company/",
        f"/nowhere/{CORPUS[3]}",
    ]
    for address in [*lists, *records, *forms, *others]:
        answer = page.goto(address, wait_until="load")
        assert answer is not None
        assert answer.status == 200 or address in others[-1:] or "sort=" in address, (address, answer.status)
        told += [f"{address}: {one}" for one in page.evaluate(BAD_DOM)]
    page.goto("/")
    page.keyboard.press("Control+k")
    page.keyboard.type("alert")
    page.wait_for_load_state("networkidle")
    told += page.evaluate(BAD_DOM)
    assert told == []
    page.goto("about:blank")
    page.set_content(f"<p>{CORPUS[1]}</p>")  # where it is markup, it is noticed
    assert page.evaluate(BAD_DOM)
