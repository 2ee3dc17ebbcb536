"""Settings for tests and checks: the product's own, in a throw-away home, with a cheap password hasher.

Also what mypy and the linters import, so that checking code never makes a home on somebody's machine.
"""

import atexit
import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

KEPT = {"TRACTE_CHROMIUM", "TRACTE_SHARED_DATA"}

if not os.environ.get("TRACTE_TEST_HOME"):
    os.environ["TRACTE_TEST_HOME"] = tempfile.mkdtemp(prefix="tracte-test-")
    atexit.register(shutil.rmtree, os.environ["TRACTE_TEST_HOME"], ignore_errors=True)
for _name in list(os.environ):
    if _name.startswith("TRACTE_") and not _name.startswith("TRACTE_TEST_") and _name not in KEPT:
        del os.environ[_name]  # the developer's own installation must not leak into the tests
# xdist's workers, and the servers they start, share nothing.
_worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
os.environ["TRACTE_HOME"] = str(Path(os.environ["TRACTE_TEST_HOME"], _worker))
if os.environ.get("TRACTE_TEST_DATABASE_URL"):
    os.environ["TRACTE_DATABASE_URL"] = os.environ["TRACTE_TEST_DATABASE_URL"]

from tracte.config.settings import *  # noqa: E402, F403
from tracte.config.settings import DATABASES, INSTALLED_APPS  # noqa: E402

if find_spec("tests") and find_spec("tests.example"):  # the one-file module this project's own suite is tried on
    INSTALLED_APPS.insert(INSTALLED_APPS.index("tracte.config"), "tests.example")

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, so that a real server process can serve it; nothing in it must survive a power cut.
    DATABASES["default"]["TEST"] = {"NAME": DATABASES["default"]["NAME"]}
    DATABASES["default"]["OPTIONS"]["init_command"] += ";PRAGMA synchronous=OFF"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
TRACTE_SEEDS = False  # tests plant what they need
