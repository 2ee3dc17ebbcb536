"""Rich text as people type it into a plain box: paragraphs, ``**bold**``, ``- lists``, links.

What is typed is text: tags in it are shown, never obeyed. The kind sanitises the result once more.
"""

import re
from html import escape
from html.parser import HTMLParser

_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_NAMED = re.compile(r"\[([^\[\]\n]{1,300})\]\((https?://[^\s()<>]{1,2000}|mailto:[^\s()<>]{1,300})\)")
_BARE = re.compile(r"(?<![\w/@\"'>=])(https?://[^\s<>\"']{1,2000}[^\s<>\"'.,;:!?)\]])")
_MAIL = re.compile(r"(?<![\w/@:.\"'>=])([\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4})(?![\w@])")
_ITEM = re.compile(r"(?:[-*•]|(\d{1,3})[.)])\s+(.*)")
_KNOWN = frozenset({"p", "br", "b", "strong", "ul", "ol", "li", "a"})


def to_html(text: str) -> str:
    """What was typed as HTML: blank lines part paragraphs, lines that begin with a dash or a number make lists."""
    blocks = re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").replace("\r", "\n").strip())
    return "".join(_block(block.split("\n")) for block in blocks if block.strip())


def _block(lines: list[str]) -> str:
    parts: list[str] = []
    plain: list[str] = []
    items: list[str] = []
    kind = ""

    def close() -> None:
        nonlocal kind
        if plain:
            parts.append(f"<p>{'<br>'.join(plain)}</p>")
        if items:
            parts.append(f"<{kind}>{''.join(f'<li>{item}</li>' for item in items)}</{kind}>")
        plain.clear()
        items.clear()
        kind = ""

    for line in lines:
        found = _ITEM.fullmatch(line.strip())
        wanted = "" if found is None else "ol" if found[1] else "ul"
        if wanted != kind:
            close()
            kind = wanted
        (items if found else plain).append(_inline(found[2] if found else line.strip()))
    close()
    return "".join(parts)


def _inline(line: str) -> str:
    """Links first (an address may hold marks), then bold, in what is left of the escaped text."""
    kept: list[str] = []

    def keep(html: str) -> str:
        kept.append(html)
        return f"\x02{len(kept) - 1}\x03"

    line = line.replace("\x02", "").replace("\x03", "")
    line = _NAMED.sub(lambda m: keep(f'<a href="{escape(m[2])}">{escape(m[1])}</a>'), line)
    line = _BARE.sub(lambda m: keep(f'<a href="{escape(m[1])}">{escape(m[1])}</a>'), line)
    line = _MAIL.sub(lambda m: keep(f'<a href="mailto:{escape(m[1])}">{escape(m[1])}</a>'), line)
    shown = _BOLD.sub(r"<b>\1</b>", escape(line, quote=False))
    return re.sub("\x02(\\d+)\x03", lambda m: kept[int(m[1])], shown)


def to_text(html: str) -> str | None:
    """The text that :func:`to_html` turns into this HTML; ``None`` when it holds what marks cannot say (a table)."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if reader.beyond:
        return None
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.out)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.lists: list[list[int | str]] = []
        self.href: str | None = None
        self.linked = ""
        self.beyond = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _KNOWN:
            self.beyond = True
        elif tag == "br":
            self.out.append("\n")
        elif tag in ("b", "strong"):
            self.out.append("**")
        elif tag in ("ul", "ol"):
            self.beyond |= bool(self.lists)
            self.lists.append([tag, 0])
        elif tag == "li" and self.lists:
            self.lists[-1][1] = int(self.lists[-1][1]) + 1
            self.out.append("- " if self.lists[-1][0] == "ul" else f"{self.lists[-1][1]}. ")
        elif tag == "a":
            self.href, self.linked = dict(attrs).get("href") or "", ""

    def handle_endtag(self, tag: str) -> None:
        if tag in ("b", "strong"):
            self.out.append("**")
        elif tag == "p":
            self.out.append("\n\n")
        elif tag == "li":
            self.out.append("\n")
        elif tag in ("ul", "ol") and self.lists:
            self.lists.pop()
            self.out.append("\n")
        elif tag == "a" and self.href is not None:
            bare = self.linked in (self.href, self.href.removeprefix("mailto:"))
            self.out.append(self.linked if bare else f"[{self.linked}]({self.href})")
            self.href = None

    def handle_data(self, data: str) -> None:
        if self.href is not None:
            self.linked += data
        else:
            self.out.append(data)
