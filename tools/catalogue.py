"""The translations: `extract` texts from code and templates, `update` the catalogues, `compile` them, `check` them.

Uses Babel and Django's own template scanner, so no gettext program is needed. English is the source language.
"""

import ast
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "tracte"
LOCALE = PACKAGE / "locale"
LANGUAGES = ("ca", "es", "ro")
DOMAIN = "django"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# Placeholders a translation must keep: %(name)s, %s, {name}.
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def extract() -> Catalog:
    """Every translatable text of the package, sorted by text so that a moved line changes nothing."""
    catalog = Catalog(project="Tracte", version="", copyright_holder="The Tracte authors", charset="utf-8")
    templates = [(f"**/templates/**.{ending}", "catalogue:scan_template") for ending in ("html", "txt")]
    methods = [("**/migrations/**", "ignore"), ("**.py", "python"), *templates]
    found = extract_from_dir(
        str(PACKAGE), methods, {"**": {"encoding": "utf-8"}}, keywords=KEYWORDS, comment_tags=("Translators:",)
    )
    for file, _line, message, comments, context in found:
        catalog.add(message, None, [(f"src/tracte/{file}", 0)], auto_comments=comments, context=context)
    return catalog


def scan_template(file: io.BytesIO, keywords: object, comment_tags: object, options: object) -> Iterator[object]:
    """Babel's way into a Django template: let Django turn it into Python-like text and read that."""
    # Loaded here: building a wheel compiles catalogues without Django.
    from django.conf import settings  # noqa: PLC0415
    from django.utils.translation import templatize  # noqa: PLC0415

    if not settings.configured:
        settings.configure()
    # Indented markup is no Python block: without its indentation the tokenizer has nothing to trip over.
    text = "\n".join(line.lstrip() for line in templatize(file.read().decode("utf-8")).splitlines())
    yield from extract_python(io.BytesIO(text.encode("utf-8")), KEYWORDS, comment_tags, {"encoding": "utf-8"})


def _path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def _empty(language: str) -> Catalog:
    return Catalog(
        locale=language,
        header_comment="# The texts of Tracte. `make messages` keeps them in step with the code.",
        project="Tracte",
        version="main",
        msgid_bugs_address="the Tracte authors",
        last_translator="the Tracte authors",
        language_team="the Tracte authors",
        charset="utf-8",
        fuzzy=False,
    )


def _read(language: str) -> Catalog:
    path = _path(language)
    if not path.exists():
        return _empty(language)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def update() -> None:
    """Merge new texts into each catalogue; a text nobody uses any more is dropped, a guess is never made."""
    template = extract()
    for language in LANGUAGES:
        old, new = _read(language), _empty(language)
        for message in _texts(template):
            known = old.get(message.id, message.context)
            new.add(
                message.id,
                known.string if known and not known.fuzzy else None,
                [(file, None) for file in sorted({file for file, _ in message.locations})],  # type: ignore[misc]
                auto_comments=message.auto_comments,
                user_comments=known.user_comments if known else (),
                context=message.context,
                flags={flag for flag in message.flags if flag != "fuzzy"},
            )
        new.revision_date = new.creation_date = old.creation_date  # a date would change on every run
        path = _path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, new, sort_output=True, include_lineno=False, omit_header=False, width=0)
        print(f"{language}: {len(new)} texts, {len(list(_untranslated(new)))} not translated")


def _texts(catalog: Catalog) -> list[Message]:
    return sorted((m for m in catalog if m.id), key=lambda m: (str(m.id), m.context or ""))


def _strings(message: Message) -> list[str]:
    strings = message.string if isinstance(message.string, list | tuple) else [message.string]
    return [text or "" for text in strings]


def _untranslated(catalog: Catalog) -> Iterator[Message]:
    return (m for m in _texts(catalog) if m.fuzzy or not all(_strings(m)) or _lacks_forms(m, catalog.num_plurals))


def _lacks_forms(message: Message, forms: int) -> bool:
    return isinstance(message.id, list | tuple) and len(_strings(message)) != forms


def compile_all() -> None:
    """Write the .mo files Django reads."""
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        with path.open("rb") as source:
            catalog = read_po(source, locale=path.parent.parent.name, domain=path.stem)
        target = path.with_suffix(".mo")
        draft = target.with_suffix(".mo.new")
        with draft.open("wb") as file:
            write_mo(file, catalog)
        draft.replace(target)


def problems() -> list[str]:
    """What is wrong with the catalogues: texts missing, unused, untranslated, or with other placeholders."""
    template = {(m.id, m.context) for m in _texts(extract())}
    found = _inside_f_strings()
    for language in LANGUAGES:
        catalog = _read(language)
        present = {(m.id, m.context): m for m in _texts(catalog)}
        found += [
            f"{language}: missing, run update: {_first(key[0])!r}" for key in sorted(template - set(present), key=str)
        ]
        found += [
            f"{language}: unused, run update: {_first(key[0])!r}" for key in sorted(set(present) - template, key=str)
        ]
        found += [f"{language}: not translated: {_first(m.id)!r}" for m in _untranslated(catalog)]
        found += [f"{language}: other placeholders: {_first(m.id)!r}" for m in present.values() if _differs(m)]
    return found


def _inside_f_strings() -> list[str]:
    """Texts inside f-strings: they never reach a catalogue, because extraction sees an f-string as one word."""
    return [
        f"{path.relative_to(PACKAGE)}:{call.lineno}: take the text out of the f-string"
        for path in sorted(PACKAGE.rglob("*.py"))
        for string in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(string, ast.JoinedStr)
        for call in ast.walk(string)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in KEYWORDS
    ]


def _first(key: object) -> str:
    return str(key[0] if isinstance(key, tuple | list) else key)


def _differs(message: Message) -> bool:
    source = message.id if isinstance(message.id, list | tuple) else [message.id]
    one, many = (set(PLACEHOLDER.findall(text)) for text in (source[0], source[-1]))
    first, *others = (set(PLACEHOLDER.findall(text)) for text in _strings(message))
    # The form for one thing may say “one” in words, as English does: it is used for nothing else in our languages.
    return first not in ((one, many) if others else (many,)) or any(form != many for form in others)


def check() -> None:
    """Print every problem; exit code 1 when there is one."""
    found = problems()
    for line in found:
        print(line)
    sys.exit(1 if found else 0)


def main() -> None:
    """The command line."""
    actions = {"update": update, "compile": compile_all, "check": check}
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    if name not in actions:
        sys.exit(f"usage: python tools/catalogue.py {'|'.join(actions)}")
    actions[name]()


if __name__ == "__main__":
    main()
