"""How the files of a request arrive, at either face: streamed into the home, counted and digested on the way."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from tracte.engine import uploads
from tracte.engine.importing.drafts import INCOMING
from tracte.engine.importing.service import folder

AROUND = 1024 * 1024  # room for the form's own texts and borders


class TooLarge(RequestDataTooBig):
    """The files of a request are more than is taken."""


class Incoming(TemporaryUploadedFile):
    """A file of a request, lying in the home's own folder of imports; gone with the request unless it is moved away.

    :ivar digest: grows with each piece. :ivar path: where it lies.
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
    """Takes the files of one request, all together up to :data:`tracte.engine.uploads.MAX_UPLOAD` bytes."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.received = 0
        self.files: list[Incoming] = []

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *_: Any, **__: Any) -> None:  # noqa: N803
        """:raises TooLarge: when the request itself says that it is too much: nothing is read then."""
        if content_length > uploads.MAX_UPLOAD + AROUND:
            raise TooLarge

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = Incoming(self.file_name or "", self.content_type or "", self.charset, self.content_type_extra or {})
        self.files.append(self.file)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """:raises TooLarge: as soon as it is too much."""
        self.received += len(raw_data)
        if self.received > uploads.MAX_UPLOAD:
            self.close()
            raise TooLarge
        self.file.digest.update(raw_data)
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> Incoming:
        self.file.seek(0)
        self.file.size = file_size
        return self.file

    def upload_interrupted(self) -> None:
        """The sender went away."""
        self.close()

    def close(self) -> None:
        """Let go of every file, also of those of a form that broke off; what was moved away stays."""
        for file in self.files:
            file.close()
