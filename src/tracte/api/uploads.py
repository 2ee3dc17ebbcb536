"""Files sent to the API."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from tracte.api.answers import Refused
from tracte.engine.intake import Incoming, Intake, TooLarge
from tracte.engine.uploads import shown_limit
from tracte.kernel.problems import Problem

MULTIPART = "multipart/form-data"


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
    except TooLarge:
        raise too_large(shown_limit()) from None
    except RequestDataTooBig:
        raise too_large("5 MB") from None
    except UnreadablePostError:
        raise Refused(400, Problem(None, "bad_request")) from None
    return texts, files
