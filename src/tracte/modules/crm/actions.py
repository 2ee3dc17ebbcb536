"""Business verbs of the crm module."""

from tracte.kernel.problems import Problem, Rejected
from tracte.modules.crm.points import PRIMARY
from tracte.records import query
from tracte.records.door import ActionRequest, Op


def make_primary(request: ActionRequest) -> None:
    """Swap a contact point with the contact's own e-mail, phone or mobile.

    The former primary one takes the point's place; when there was none, the point has moved up and goes to the bin.
    """
    point = request.values
    field = PRIMARY.get(point["kind"])
    if field is None:
        raise Rejected([Problem("kind", "no_primary")])
    contact = query.rows("contact", request.actor).get(point["contact"], [field])
    former = contact[field]
    request.write("contact", "update", Op({field: point["value"]}, id=point["contact"], canonical=True))
    if former is None or former == point["value"]:
        request.write("contact_point", "delete", Op({}, id=request.id, version=request.version))
    else:
        request.update({"value": former}, canonical=True)
