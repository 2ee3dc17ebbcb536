"""The log: one event, one line on stderr, so `journalctl`, `grep` and containers can follow it."""

import logging
from datetime import UTC, datetime


class OneLine(logging.Formatter):
    """`2026-11-21T09:30:00.123Z WARNING django.request message`, with line breaks shown as `\\n`."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        text = record.getMessage()
        if record.exc_info:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        # A visitor chooses parts of a message (a path, a header): an unescaped break would let him write a log line.
        text = text.replace("\r", "\\r").replace("\n", "\\n")
        return f"{moment} {record.levelname} {record.name} {text}"
