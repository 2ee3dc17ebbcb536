"""The rows of a list as a file."""

from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from tracte.engine import exporting, listing
from tracte.engine.attachments import attachment
from tracte.web import filters
from tracte.web.request import ActorRequest, with_actor
from tracte.web.views.list import spec_of


@require_safe
@with_actor
def export_csv(request: ActorRequest, plural: str) -> HttpResponseBase:
    """``GET /{plural}/export.csv`` with a list's parameters: every row it matches that the actor may export."""
    spec = spec_of(plural)
    found = exporting.export(spec.key, request.actor)
    state = listing.read_state(found.rows, filters.plain_params(request.GET))
    found = exporting.narrowed(found, state)
    name = f"{spec.plural}-{request.context.today:%Y-%m-%d}.csv"
    return attachment((piece.encode() for piece in found.told_csv()), name)
