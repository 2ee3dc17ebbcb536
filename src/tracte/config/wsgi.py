"""The WSGI application granian serves."""

import os

from django.core.wsgi import get_wsgi_application

from tracte.config.supervisor import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracte.config.settings")
if os.environ.get("TRACTE_SUPERVISED"):
    # The server runs us in a process of its own: if the server is killed, this process must not keep the port.
    die_with_parent()

application = get_wsgi_application()
