"""The product's settings plus the floor: its views, its tables' app, and a header that counts queries."""

from tracte.config.settings import *  # noqa: F403
from tracte.config.settings import INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = [*INSTALLED_APPS, "tracte.config.bench.floor"]
MIDDLEWARE = ["tracte.config.bench.counting.CountQueries", *MIDDLEWARE]
ROOT_URLCONF = "tracte.config.bench.urls"
