"""One-click sign-in as somebody of the demo firm: in a demo home, from this machine, and nowhere else."""

import ipaddress

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from tracte.modules.demo.home import person_ids
from tracte.modules.demo.people import PEOPLE
from tracte.records import audit
from tracte.records.audit import What
from tracte.records.people import User
from tracte.web.signin import Guest

URL = "/auth/demo/"
# A proxy on this machine speaks for others: what carries any of these did not begin here.
FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
    "HTTP_FORWARDED",
    "HTTP_VIA",
    "HTTP_CF_CONNECTING_IP",
)


def begins_here(request: HttpRequest) -> bool:
    """Whether the request comes from this machine itself, not through a proxy."""
    if any(name in request.META for name in FORWARDED):
        return False
    try:
        address = ipaddress.ip_address(str(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def is_offered(request: HttpRequest) -> bool:
    """Whether one-click sign-in exists for this request."""
    return bool(settings.TRACTE_DEMO) and begins_here(request)


def guests(request: HttpRequest) -> list[Guest]:
    """The demo firm's people who may sign in, in the order of the house; nobody elsewhere."""
    if not is_offered(request):
        return []
    users = _users()
    return [Guest(str(users[person.key]), person.job, person.key) for person in PEOPLE if person.key in users]


def _users() -> dict[str, User]:
    ids = person_ids()
    live = {user.pk: user for user in User.objects.live().filter(pk__in=ids.values(), can_sign_in=True)}
    return {key: live[pk] for key, pk in ids.items() if pk in live}


@never_cache
@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """``POST /auth/demo/``: sign in as ``person`` and go to ``next``. Anywhere else than in a demo this page is not."""
    user = _users().get(request.POST.get("person", "")) if is_offered(request) else None
    if user is None:
        raise Http404
    login(request, user)
    audit.note(What.SIGNED_IN, actor_id=user.pk, actor_name=str(user))
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(wanted if wanted and safe else "/")
