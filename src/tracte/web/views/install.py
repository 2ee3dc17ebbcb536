"""What makes Tracte an app on a phone or a desk: its manifest (W3C Web Application Manifest)."""

from django.http import HttpRequest, JsonResponse
from django.templatetags.static import static
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

PAPER = "#f7f4ef"


@require_safe
@cache_control(public=True, max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    """``GET /manifest.webmanifest``: the same for everybody; it names nobody and no record."""
    icons = [
        {"src": static(f"icons/{name}.png"), "sizes": f"{side}x{side}", "type": "image/png", "purpose": purpose}
        for name, side, purpose in (
            ("icon-192", 192, "any"),
            ("icon-512", 512, "any"),
            ("icon-maskable-512", 512, "maskable"),
        )
    ]
    found = {
        "id": "/",
        "name": "Tracte",
        "short_name": "Tracte",
        "description": _("Customers, deals and everything said about them, in a house of your own."),
        "lang": get_language() or "en",
        "dir": "rtl" if get_language_bidi() else "ltr",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": PAPER,
        "categories": ["business", "productivity"],
        "icons": icons,
    }
    return JsonResponse(found, content_type="application/manifest+json")
