"""What the content policy forbids, found before a browser refuses it.

No inline style, no inline handler, no hx-on, no script without the page's nonce, no javascript: address, and no
htmx attribute that evaluates text as code.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src" / "tracte"
COMMENT = re.compile(r"\{#.*?#\}|\{% comment .*?%\}.*?\{% endcomment %\}|<!--.*?-->", re.DOTALL)
TAG = re.compile(r"<[a-zA-Z][^<>]*?(?:\{[{%].*?[}%]\}[^<>]*?)*>", re.DOTALL)
RULES = {
    "an inline style; write a class": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "an inline handler; write an island": re.compile(r"\son[a-z]+\s*=", re.IGNORECASE),
    "hx-on; write an island": re.compile(r"\shx-on[:\s=-]", re.IGNORECASE),
    "a javascript: address": re.compile(r"=\s*[\"']?\s*javascript:", re.IGNORECASE),
    "an htmx value that is code": re.compile(r"\shx-(?:vals|headers|vars|request)[^=]*=\s*[\"']?\s*(?:js|javascript):"),
    "an htmx trigger filter that is code": re.compile(r"\shx-trigger[^=]*=\s*[\"'][^\"']*\[[^\"']*\]"),
}
SCRIPT = re.compile(r"<script\b", re.IGNORECASE)
NONCE = re.compile(r"\snonce\s*=\s*[\"']?\{\{|\{%\s*nonce\b")
STYLE_ELEMENT = re.compile(r"<style\b", re.IGNORECASE)


def problems(text: str) -> Iterator[tuple[int, str]]:
    """Line numbers and what is wrong there, for one template."""
    # Comments become blanks of the same shape, so that line numbers stay right.
    text = COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    for match in TAG.finditer(text):
        tag, line = match[0], text.count("\n", 0, match.start()) + 1
        for what, pattern in RULES.items():
            if pattern.search(tag):
                yield line, what
        if SCRIPT.match(tag) and not NONCE.search(tag):
            yield line, "a script without the page's nonce"
        if STYLE_ELEMENT.match(tag):
            yield line, "a style element; write it in the style sheet"


def main() -> None:
    """Print every problem; exit code 1 when there is one."""
    found = [
        f"{path.relative_to(SOURCE.parent.parent)}:{line}: {what}"
        for path in sorted(SOURCE.rglob("templates/**/*.html"))
        for line, what in problems(path.read_text(encoding="utf-8"))
    ]
    print("\n".join(found))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
