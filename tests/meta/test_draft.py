"""Drafts gather problems whose messages may have any placeholder."""

from tracte.meta.draft import Draft


def test_a_placeholder_may_be_called_name_or_code() -> None:
    draft = Draft(1, "create", {}, {}, row=7)
    draft.problem("colour", "unknown_field", name="colour")
    draft.warn("currency", "bad_currency", code="XQX")
    assert [(p.field, p.code, p.params, p.warning, p.row) for p in draft.problems] == [
        ("colour", "unknown_field", {"name": "colour"}, False, 7),
        ("currency", "bad_currency", {"code": "XQX"}, True, 7),
    ]
    assert draft.refused
