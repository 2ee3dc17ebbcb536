"""Files sent to the API: streamed into the home, counted and digested on the way, never held in memory."""

import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, UnreadablePostError
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from tracte.api.answers import Refused
from tracte.engine.importing.drafts import INCOMING, MAX_UPLOAD
from tracte.engine.importing.service import folder
from tracte.kernel.problems import Problem

MULTIPART = "multipart/form-data"


class Incoming(TemporaryUploadedFile):
    """A file of a request, lying in the home's own folder of imports; gone with the request unless it is moved away.

    :param digest: grows with each piece. :ivar path: where it lies.
    """

    def __init__(self, name: str, content_type: str, charset: str | None, extra: dict[str, Any] | None) -> None:
        file = tempfile.NamedTemporaryFile(prefix=INCOMING, dir=folder())  # noqa: SIM115  closed with the request
        self.digest = hashlib.sha256()
        # Past the parent, which would put the file into the system's folder for temporary files.
        UploadedFile.__init__(self, file, name, content_type, 0, charset, extra)

    @property
    def path(self) -> Path:
        return Path(self.temporary_file_path())


class Intake(FileUploadHandler):
    """Takes the files of one request, all together up to :data:`MAX_UPLOAD` bytes."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.received = 0
        self.files: list[Incoming] = []

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = Incoming(self.file_name or "", self.content_type or "", self.charset, self.content_type_extra or {})
        self.files.append(self.file)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """:raises Refused: 413 as soon as it is too much."""
        self.received += len(raw_data)
        if self.received > MAX_UPLOAD:
            raise too_large("200 MB")
        self.file.digest.update(raw_data)
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> Incoming:
        self.file.seek(0)
        self.file.size = file_size
        return self.file

    def close(self) -> None:
        """Let go of every file, also of those of a form that broke off; what was moved away stays."""
        for file in self.files:
            file.close()


def too_large(most: str) -> Refused:
    return Refused(413, Problem(None, "too_large", {"max": most}))


def taking_files(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view whose files go through :class:`Intake`. It must stand around everything that looks at the body."""

    @csrf_exempt  # as the view within, which makes the check itself
    def taking(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        intake = Intake(request)
        request.upload_handlers = [intake]
        try:
            return view(request, **parts)
        finally:
            intake.close()

    return taking


def form_of(request: HttpRequest) -> tuple[dict[str, str], list[tuple[str, Incoming]]]:
    """The texts of a form by name, and its files in their order, each under the name of its part.

    :raises Refused: 413 when it is too large, 400 when it breaks off.
    """
    try:
        texts = {name: str(values[-1]) for name, values in request.POST.lists()}
        files = [
            (name, file) for name, listed in request.FILES.lists() for file in listed if isinstance(file, Incoming)
        ]
    except RequestDataTooBig:
        raise too_large("5 MB") from None
    except UnreadablePostError:
        raise Refused(400, Problem(None, "bad_request")) from None
    return texts, files
