"""The WSGI application the tests' own server serves: the product with the test settings."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "tracte.testing.settings"

from tracte.config.wsgi import application

__all__ = ["application"]
