"""Settings for tests and checks: the product's own, in a throw-away home, with a cheap password hasher.

Also what mypy and the linters import, so that checking code never makes a home on somebody's machine.
"""

import atexit
import os
import shutil
import tempfile

if not os.environ.get("TRACTE_TEST_HOME"):
    _home = tempfile.mkdtemp(prefix="tracte-test-")
    os.environ["TRACTE_TEST_HOME"] = _home
    atexit.register(shutil.rmtree, _home, ignore_errors=True)
for _name in [name for name in os.environ if name.startswith("TRACTE_") and not name.startswith("TRACTE_TEST_")]:
    if _name not in {"TRACTE_CHROMIUM", "TRACTE_SHARED_DATA"}:
        del os.environ[_name]  # the developer's own installation must not leak into the tests
os.environ["TRACTE_HOME"] = os.environ["TRACTE_TEST_HOME"]
if os.environ.get("TRACTE_TEST_DATABASE_URL"):
    os.environ["TRACTE_DATABASE_URL"] = os.environ["TRACTE_TEST_DATABASE_URL"]

from tracte.config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
