"""A large file: the first rows at once, all of them in the background."""

import pytest
from tests.web.imports.conftest import signed_in
from tests.web.imports.test_imports import Work, begun, counts, form, previewed

from tracte.engine.importing import jobs, service
from tracte.kernel.actor import Actor
from tracte.records.tasks import api as tasks

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = "name,city\n" + "".join(f"Firm {n} SL,Reus\n" for n in range(40))


def test_the_first_rows_are_shown_while_all_are_checked(
    admin: Actor, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SAMPLED_FROM", 10)
    monkeypatch.setattr(jobs, "SAMPLED", 5)
    client = signed_in(admin)
    url = begun(client, ROWS.encode())
    seen: list[str] = []
    whole = service.rehearse

    def looked_at(*given: object, **more: object) -> object:
        if more.get("rows") is None:  # the whole check begins: somebody looks at the page
            seen.append(client.get(url + "preview").content.decode())
        return whole(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs.service, "rehearse", looked_at)
    page = previewed(client, url, work)
    assert counts(page) == ["40", "0", "0", "0"]
    assert "All of them are being checked" not in page
    (early,) = seen
    assert counts(early) == ["5", "0", "0", "0"]
    assert "These are the first 5 of 40 rows. All of them are being checked." in early
    assert "Apply" not in early.partition('class="last"')[2].partition("</aside>")[0].replace("You can apply", "")


def test_a_check_that_was_stopped_keeps_the_first_rows_and_says_so(
    admin: Actor, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SAMPLED_FROM", 10)
    monkeypatch.setattr(jobs, "SAMPLED", 5)
    client = signed_in(admin)
    url = begun(client, ROWS.encode())
    whole = service.rehearse

    def stopped(*given: object, **more: object) -> object:
        if more.get("rows") is None:
            raise tasks.Cancelled
        return whole(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs.service, "rehearse", stopped)
    client.post(url + "columns", form(client, url))
    work()
    page = client.get(url + "preview").content.decode()
    assert "Only the first 5 of 40 rows were checked" in page
    assert "Apply 5 changes" in page
