"""What every problem says to a person: what is wrong, and how to mend it. One table for all faces."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: dict[str, str | Promise] = {
    # -- the draft as a whole
    "required": _("Fill this in: it is needed."),
    "unknown_field": _("There is no field “%(name)s” here. Check its spelling."),
    "read_only": _("This is set by the program and cannot be changed. Leave it out."),
    "token_scope": _("This token is not for that. Make one that may do more."),
    "forbidden_field": _("Your role may not change this field. Ask an administrator."),
    # -- text
    "not_text": _("Write text here."),
    "too_long": _("This is too long: %(max)s characters at most."),
    "nul_character": _("This holds a character that cannot be kept. Remove it and type the text again."),
    "bad_rich_text": _("This text could not be read. Paste it again as plain text."),
    "bad_email": _("This is not an e-mail address. It looks like name@firm.com."),
    "bad_phone": _("This is not a phone number. Write it with its prefix, for example +34 937 412 880."),
    "bad_url": _("This is not a web address. It begins with https:// and a domain name."),
    "bad_address": _("This address could not be read. Give street, postcode, city, region and country."),
    "bad_country": _("This is not a country. Choose one, or write its two-letter code, for example ES."),
    "bad_vat": _("This is not a valid VAT number. Check its letters and digits."),
    # -- numbers and money
    "not_a_number": _("Write a number here, for example 1250.50."),
    "not_an_integer": _("Write a whole number here, without decimals."),
    "too_small": _("This is too low: %(min)s is the least."),
    "too_big": _("This is too high: %(max)s is the most."),
    "too_many_decimals": _("This has too many decimals: %(max)s at most."),
    "bad_money": _("This is not an amount of money. Write it like 1250.50 EUR."),
    "bad_currency": _("“%(code)s” is not a currency. Use a three-letter code such as EUR."),
    "missing_currency": _("Say which currency this amount is in, for example EUR."),
    # -- dates and times
    "bad_date": _("This is not a date. Write it like 2026-11-24."),
    "bad_datetime": _("This is not a date and time. Write it like 2026-11-24 09:30."),
    "bad_duration": _("This is not a duration. Write it like 1:30 or 90 min."),
    # -- choices
    "not_yes_no": _("Answer yes or no."),
    "not_a_choice": _("“%(value)s” is not in the list. Choose one of its entries."),
    "retired_choice": _("“%(value)s” is no longer offered. Choose another entry."),
    "bad_tag": _("A tag cannot hold a comma, a semicolon or a bar. Leave it out."),
    "not_an_object": _("Give an object with named values here."),
    "list_expected": _("Give a list of values here."),
    "too_many": _("Too many values: %(max)s at most."),
    # -- references
    "bad_id": _("This is not the id of a record. Choose the record from the list."),
    "no_such_record": _("There is no such record, or you may not see it. Choose another."),
    "parent_loop": _("A record cannot be above itself. Choose another parent."),
    "bad_link": _("These two records cannot be linked. Choose a record of another kind."),
    "in_use": _("Deals still stand here. Move them first, or set it out of use."),
    # -- rules of the business
    "name_needed": _("Give a first name or a last name."),
    "no_primary": _("There is no main field for this kind. Only e-mails, phones and mobiles have one."),
    "ends_before_start": _("This is before the start. Check both dates."),
    "stage_elsewhere": _("The stage %(stage)s is in another pipeline. Choose a stage of this one."),
    "no_such_stage": _("The pipeline has no stage for this. Ask an administrator to add one."),
    "not_closed_yet": _("A deal in the stage %(stage)s is not closed yet. Leave this empty, or win or lose the deal."),
    "closed_probability": _("This kind of stage has %(percent)s %%. Leave it empty."),
    "probability_kept": _("The probability stays at %(percent)s %%; the stage %(stage)s says %(usual)s %%."),
    "line_currency": _("The other lines of this deal are in %(currency)s. Write this amount in %(currency)s too."),
    "line_too_big": _("With this quantity the deal's amount is higher than can be kept. Split the deal."),
    "made_by_lines": _("The lines of the deal make this. Change the lines instead."),
    "pipeline_not_for": _("This pipeline is for records of another kind. Choose another one."),
    # -- leads
    "no_channel": _("Give at least one way to reach them: e-mail, phone, mobile or website."),
    "already_claimed": _("%(name)s has taken this lead already. Take another one from the queue."),
    "already_converted": _("This lead was converted already. Look at what was made of it."),
    "already_rejected": _("This lead is rejected. Reopen it first."),
    "convert_instead": _("A lead gets there by converting it. Use “Convert” on its page."),
    "nothing_to_convert": _("Choose at least one: an account, a contact or an opportunity."),
    "recycle_in_past": _("This day has passed. Choose one to come."),
    "nobody_to_assign": _("Say who gets them: a person for a fixed rule, a team for the others."),
    # -- targets
    "nobody_to_reach": _("Say whose target this is: choose the person or the team."),
    "target_exists": _("There is a target for this in %(span)s already. Change that one."),
    "not_for_measure": _("This measure is not counted so. Leave this empty."),
    # -- rights
    "nobody_named": _("Say for whom: people, teams, units or groups, or everybody."),
    "only_for_oneself": _("You can only say who stands in for you. An administrator does so for others."),
    "same_person": _("This is the same person. Choose somebody else."),
    "say_which_records": _("Look at which records it opens, then save once more."),
    "look_below": _("Something in the condition is missing or wrong. It is said beside its line."),
    "no_field_chosen": _("Choose the fields that are private."),
    "required_stays_seen": _("%(name)s must be filled in each record, so everybody sees it. Leave it out."),
    # -- settings
    "bad_slug": _("Use lower-case letters, digits and single underscores, beginning with a letter: verbal_yes."),
    "key_is_stable": _("A key stays as it was made: filters and other systems use it. Change the name instead."),
    "bad_timezone": _("“%(value)s” is not a time zone. It looks like Europe/Madrid."),
    "last_admin": _("This is the last administrator who may sign in. Make another one first."),
    "only_one_company": _("There is one company. Change the one that exists."),
    "bad_grant": _("“%(value)s” does not exist, so no right can be given on it."),
    # -- the whole record
    "not_unique": _("Another record already has this value. Change it, or use that record."),
    "duplicate_hint": _("This looks like %(title)s. Save again if it is another one."),
    "missing_in_stage": _("%(field)s is needed in the stage %(stage)s. Fill it in first."),
    "unticked": _("%(stage)s asks for: %(items)s. Tick what is done."),
    "action_not_now": _("“%(action)s” cannot be done in the present state of the record. Look at it again."),
    "erased": _("This value was erased and cannot come back."),
    "stale": _("Somebody changed this record since you opened it. Look at it again and repeat your change."),
    "left_scope": _("With this change you could no longer see the record. Leave it to its owner, or ask your manager."),
    # -- undo
    "has_later_records": _("Other records were added to this one since. Move or delete them first."),
    "changed_since": _("This was changed again since. Undo the later change first."),
    "cannot_undo": _("This cannot be undone (%(state)s)."),
    # -- files
    "bad_encoding": _("This line holds characters that could not be read. Save the file as UTF-8 and send it again."),
    "line_too_long": _("This line is too long: %(max)s characters at most. Check it for a missing quote."),
    "unclosed_quote": _("A quote was opened here and never closed. Close it."),
    "unclosed_card": _("A card begins here and never ends. Export it again, or add the line END:VCARD."),
    "duplicate_header": _("Two columns are called “%(name)s”. Rename one of them."),
    "too_many_cells": _(
        "This row has %(found)s cells, but the header has %(expected)s. Check it for a stray separator."
    ),
    "too_few_cells": _(
        "This row has %(found)s cells, but the header has %(expected)s. The missing ones count as empty."
    ),
    "bad_quotes": _("Quotation marks stand where none belong in this row. Double those inside a text."),
    "no_file": _("No file was sent. Choose one."),
    "one_file": _("Several files need a scenario that says what each holds. Send one file, or add the scenario."),
    "too_many_rows": _("A spreadsheet holds no more than 1,048,576 rows. Export CSV instead."),
    "unknown_column": _("Nothing says where the column “%(name)s” goes, so it is not read."),
    "bad_date_format": _("“%(value)s” is not a date written like %(format)s."),
    "bad_number_format": _("“%(value)s” is not a number written like %(format)s."),
    "missing_reference": _("There is no %(entity)s called “%(value)s”. Import it first, or correct the name."),
    "ambiguous_reference": _("%(count)s records are called “%(value)s”. Make clear which one is meant."),
    "left_blank": _("“%(value)s” could not be used here, so the field was left empty."),
    "expected_value": _("This is empty. Fill it in later if you know it."),
    "ambiguous_match": _("%(count)s records match this row. Correct or merge them first."),
    "no_match_key": _("Nothing in this row says which record it is, so a second import would add it again."),
    "empty_line": _("Nothing is left of this line. Leave the row out instead."),
    "empty_file": _("This file is empty. Choose another."),
    "unreadable_file": _("%(why)s"),
    "bad_scenario": _("%(why)s"),
    "columns_first": _("Say first what each column becomes."),
    "already_applied": _("This import was applied already. Look at it among the changes."),
    # -- texts with fields in them
    "no_merge_field": _("There is no field “%(name)s” to put in (line %(line)s, character %(at)s). Correct its name."),
    "merge_field_in_tag": _(
        "“%(name)s” stands inside a tag (line %(line)s, character %(at)s). Put it into the text beside the tag."
    ),
    # -- servers somebody names
    "no_public_host": _("There is no public server of this name. Correct it, or ask an administrator to allow it."),
    "port_not_allowed": _("The port %(port)s is not used here. Leave it out, or ask an administrator to allow it."),
    "no_answer": _("The server gave no usable answer. Check the address and try again later."),
    "answer_too_large": _("What the server sent is too large: %(max)s at most."),
    # -- filters and requests
    "bad_condition": _("This filter could not be read. Build it again."),
    "bad_period": _("“%(value)s” is not a period. Use for example this_month or last_30_days."),
    "unknown_operator": _("This field cannot be compared with “%(op)s”. Choose another comparison."),
    "too_deep": _("This filter has too many levels. Make it simpler."),
    "choose_a_field": _("Tick at least one field to change."),
    "no_right": _("You may not do this. Ask an administrator for the right."),
    "unknown_parameter": _("There is no parameter “%(name)s”. Check its spelling."),
    "bad_parameter": _("The parameter “%(name)s” could not be read. Check its value."),
    "bad_cursor": _("This page link is no longer good. Start again from the first page."),
    "bad_sort": _("Lists cannot be sorted by “%(name)s”. Choose another column."),
    "too_slow": _("This filter takes too long here. Narrow it with a date, an owner or a stage first."),
    "bad_json": _("This is not valid JSON. Check it for a missing quote or comma."),
    "too_large": _("This is too large: %(max)s at most. Send it in parts."),
    "not_signed_in": _("Sign in, or send a valid token in the Authorization header."),
    "csrf": _("This change needs the page's CSRF token in the X-CSRFToken header."),
    "method_not_allowed": _("This address does not take this method. The Allow header lists those it takes."),
    "bad_request": _("The request could not be understood. Check how it was built."),
    "bad_header": _("The header “%(name)s” could not be read. Check its value."),
    "repeated_parameter": _("The parameter “%(name)s” is given twice. Give it once."),
    "repeated_key": _("The key “%(name)s” stands twice in one object. Give it once."),
    "json_expected": _("Send JSON, with the content type application/json."),
    "no_body": _("This request takes no body. Leave it out."),
    "ids_or_where": _("Say which records: either “ids” or “where”, not both."),
    "not_proposed": _("This is not waiting for a decision any more. Look at its state."),
    "proposer_gone": _("Who proposed this does not work here any more. Reject it, or make the change yourself."),
    "expired": _("This proposal is too old. Make it again."),
    "idempotency_mismatch": _("This idempotency key was used for another request. Use a new key."),
    "in_progress": _("The same request is still being worked on. Try again in a moment."),
}


class _Lenient(dict[str, object]):
    """Placeholders without a value show as an ellipsis: a message never fails."""

    def __missing__(self, key: str) -> object:
        return "…"


def message_for(code: str, params: Mapping[str, object]) -> str:
    """The sentence for ``code`` in the active language. An unknown code is shown as words."""
    message = MESSAGES.get(code)
    if message is None:
        return code.replace("_", " ").capitalize()
    return str(message) % _Lenient(params)


def sentences_for(code: str, params: Mapping[str, object]) -> tuple[str, str]:
    """:func:`message_for` in two: what is wrong, and how to mend it (empty when the message does not say)."""
    message = MESSAGES.get(code)
    if message is None:
        return message_for(code, params), ""
    what, stop, how = str(message).partition(". ")
    return (what + "." if stop else what) % _Lenient(params), how % _Lenient(params)
