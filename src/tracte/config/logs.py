"""The log: one event, one line on stderr, so `journalctl`, `grep` and containers can follow it."""

import logging
import re
from datetime import UTC, datetime

# A visitor chooses parts of a message (a path, a header): an unescaped break would let him write a log line, an escape
# sequence change what the terminal shows (ASVS 16.4.1).
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_NAMES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _shown(found: re.Match[str]) -> str:
    return _NAMES.get(found[0], f"\\u{ord(found[0]):04x}")


class OneLine(logging.Formatter):
    """`2026-11-21T09:30:00.123Z WARNING django.request message`; line breaks are shown as `\\n`, and the like."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        text = record.getMessage()
        if record.exc_info:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        text = _CONTROL.sub(_shown, text)
        return f"{moment} {record.levelname} {record.name} {text}"
