"""The wizard: a file, its columns, a preview, and the import, each as a person meets it."""

import pytest

from tracte.engine.importing import drafts, previews, wizard
from tracte.engine.importing.wizard import Choice
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.problems import NotFound, Rejected
from tracte.records import door, query, undo
from tracte.records.tasks.registry import load_jobs
from tracte.records.tasks.worker import Worker, WorkerOptions

pytestmark = pytest.mark.django_db(transaction=True)

FILE = (
    "Empresa;Sector;Población;Empleados;Alta;E-mail;Observacions\n"
    "Nova SL;retail;Reus;1.250;31/12/2020;info@nova.example;x\n"
    "Vella SA;Finance;Vic;80;01/02/2021;hola@vella.example;\n"
    "Trista SL;nonsense;Vic;3;05/02/2021;;\n"
).encode("cp1252")


def work() -> None:
    load_jobs()
    Worker(WorkerOptions()).drain()


def started() -> int:
    return drafts.begin(OPERATOR, "account", "..\\clients 2026.csv", [FILE])


def chosen(set_id: int) -> None:
    found = wizard.inspect(set_id, OPERATOR)
    wizard.set_columns(set_id, OPERATOR, wizard.suggestions_as_choices(found.suggestions), keys=["name"])


def test_a_file_is_looked_at_and_its_columns_guessed() -> None:
    found = wizard.inspect(started(), OPERATOR)
    assert found.filename == "clients 2026.csv"
    assert (found.facts["encoding"], found.facts["delimiter"], found.rows) == ("cp1252", ";", 3)
    guessed = {one.header: one for one in found.suggestions}
    assert guessed["Empresa"].to == "name"
    assert guessed["Sector"].to == "industry"
    assert guessed["Población"].to == "billing_address.city"
    assert (guessed["Empleados"].to, guessed["Empleados"].decimal) == ("employees", "1.234,56")
    assert guessed["E-mail"].to == "email"
    assert guessed["Empresa"].confidence > guessed["Sector"].confidence
    assert guessed["Sector"].unread == 1
    assert len(found.sample) == 3


def test_a_preview_says_what_would_happen_and_apply_does_it() -> None:
    old = door.create(OPERATOR, "account", {"name": "Nova SL", "employees": "900"}, origin="cli").id
    set_id = started()
    chosen(set_id)
    wizard.preview(set_id, OPERATOR)
    assert wizard.status(set_id, OPERATOR).busy
    work()
    status = wizard.status(set_id, OPERATOR)
    assert (status.step, status.busy, status.error) == ("preview", False, "")
    assert (status.counts["created"], status.counts["updated"], status.counts["problems"]) == (1, 1, 1)
    assert query.rows("account", OPERATOR).count()[0] == 1

    updated, created, problem = previews.page(set_id, OPERATOR)
    assert (updated.what, updated.title, updated.diff["employees"]) == ("updated", "Nova SL", ["900", "1,250"])
    assert updated.diff["industry"] == ["", "Retail"]
    assert (created.what, created.row) == ("created", 3)
    assert problem.problems[0]["field"] == "industry"
    assert [row.what for row in previews.page(set_id, OPERATOR, what=["problem"])] == ["problem"]

    previews.leave_out(set_id, OPERATOR, created.seq)
    assert previews.page(set_id, OPERATOR, what=["created"])[0].left_out
    wizard.apply(set_id, OPERATOR)
    assert wizard.status(set_id, OPERATOR).step == "applying"
    work()
    done = wizard.status(set_id, OPERATOR)
    assert (done.step, done.counts["updated"], done.counts["created"], done.counts["problems"]) == ("done", 1, 0, 1)
    assert "Trista SL" in wizard.report(set_id, OPERATOR).read_text()
    assert query.rows("account", OPERATOR).get(old)["employees"] == 1250
    undo.run(set_id, OPERATOR)
    assert query.rows("account", OPERATOR).get(old)["employees"] == 900
    with pytest.raises(Rejected, match="already_applied"):
        wizard.apply(set_id, OPERATOR)


def test_a_cancelled_import_keeps_what_was_done_and_can_be_undone() -> None:
    set_id = started()
    chosen(set_id)
    wizard.apply(set_id, OPERATOR)
    wizard.cancel(set_id, OPERATOR)
    work()
    assert query.rows("account", OPERATOR).count()[0] == 0


def test_choices_that_do_not_fit_are_refused_with_a_reason() -> None:
    set_id = started()
    with pytest.raises(Rejected) as refused:
        wizard.set_columns(set_id, OPERATOR, [Choice("Empresa", "nmae")])
    assert "did you mean 'name'" in refused.value.problems[0].message
    with pytest.raises(Rejected, match="columns_first"):
        wizard.preview(set_id, OPERATOR)
    with pytest.raises(Rejected, match="empty_file"):
        drafts.begin(OPERATOR, "account", "x.csv", [b""])


def test_a_draft_is_nobody_elses() -> None:
    set_id = started()
    with pytest.raises(NotFound):
        wizard.inspect(set_id, Actor(7, "Somebody else"))
    drafts.discard(set_id, OPERATOR)
    with pytest.raises(NotFound):
        wizard.inspect(set_id, OPERATOR)


def test_what_was_guessed_about_the_file_can_be_corrected() -> None:
    set_id = started()
    drafts.set_options(set_id, OPERATOR, delimiter=",", header_row=2)
    assert len(wizard.inspect(set_id, OPERATOR).headers) == 1
