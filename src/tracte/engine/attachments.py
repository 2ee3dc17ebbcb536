"""Answers that carry a file: always to be saved, never shown or run as part of the site, never kept on the way."""

from collections.abc import Iterable
from pathlib import Path

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from tracte.engine.uploads import safe_name

KINDS = {
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".toml": "application/toml; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def attachment(content: Path | bytes | Iterable[bytes], name: str) -> HttpResponseBase:
    """A file to save.

    :param content: where it lies, or its bytes, at once or in pieces. :param name: what it is called; the ending
        decides its type, and one we do not make ourselves is only bytes.
    """
    shown = safe_name(name, "file")
    kind = KINDS.get(Path(shown).suffix.lower(), "application/octet-stream")
    answer: HttpResponseBase
    if isinstance(content, Path):
        answer = FileResponse(content.open("rb"), content_type=kind)
    elif isinstance(content, bytes):
        answer = HttpResponse(content, content_type=kind)
    else:
        answer = StreamingHttpResponse(content, content_type=kind)
    answer.headers["Content-Disposition"] = str(content_disposition_header(True, shown))
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "no-store"
    return answer
