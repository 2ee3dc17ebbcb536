"""Django's settings, made of the operator's environment (config/env.py) and decisions that are the same everywhere."""

from pathlib import Path

from tracte.config import env
from tracte.config.installed import module_apps

PACKAGE = Path(__file__).resolve().parent.parent

# --- the home and who we are -----------------------------------------------------------------------------------------
TRACTE_HOME = env.home()
TRACTE_BASE_URL = env.base_url()
TRACTE_SOURCE_URL = env.source_url()
# A demo home holds an invented firm: one-click sign-in from loopback, a banner, no mail.
TRACTE_DEMO_MARKER = TRACTE_HOME / env.DEMO_MARKER
TRACTE_DEMO = TRACTE_DEMO_MARKER.exists()
SECRET_KEY = env.secret_key(TRACTE_HOME)
DEBUG = False
ALLOWED_HOSTS = env.allowed_hosts(TRACTE_BASE_URL)
# What may be called inside the firm's network; everything else that somebody types must be on the internet.
TRACTE_OUTGOING_ALLOW = env.outgoing_allow()

# --- what is installed -----------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.contenttypes",  # auth needs it, allauth needs auth; no record points at it
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "tracte.records",
    "tracte.engine",
    "tracte.web",  # before allauth: our templates win
    "tracte.api",
    *module_apps(),
    "tracte.config",  # after the modules: it compiles what they declare
    "django.contrib.auth",  # after config: our changepassword wins
    "allauth",
    "allauth.account",
    "allauth.mfa",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "tracte.web.middleware.ContentSecurity",  # around static files too
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tracte.web.middleware.Whence",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "tracte.config.urls"
WSGI_APPLICATION = "tracte.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tracte.web.menu.shell",
            ],
        },
    }
]

# --- data ------------------------------------------------------------------------------------------------------------
DATABASES = {"default": env.database(TRACTE_HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = TRACTE_HOME / "files"
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_HANDLERS = ["tracte.engine.intake.Intake"]  # into the home, never more than is taken
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# --- people and sign-in ----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "records.User"
# E-mail is unique among live users (a partial index); the bin may hold the same address.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = ["tracte.config.accounts.Accounts"]
SESSION_ENGINE = "tracte.records.sessions"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "tracte.config.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # people are added by an administrator, who vouches for the address
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
PASSWORD_RESET_TIMEOUT = 3600  # seconds a link in a mail is good
ACCOUNT_PREVENT_ENUMERATION = True
MFA_FORMS = {"authenticate": "tracte.config.secondfactor.SecondFactor"}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""  # allauth would take it from the Host header
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Tracte"

# --- the wire --------------------------------------------------------------------------------------------------------
_SECURE = TRACTE_BASE_URL.startswith("https://")
# The __Host- prefix binds a cookie to this host and to TLS; browsers refuse it over plain http.
SESSION_COOKIE_NAME = "__Host-tracte_session" if _SECURE else "tracte_session"
CSRF_COOKIE_NAME = "__Host-tracte_csrf" if _SECURE else "tracte_csrf"
LANGUAGE_COOKIE_NAME = "tracte_language"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [TRACTE_BASE_URL] if TRACTE_BASE_URL else []
SECURE_HSTS_SECONDS = 31_536_000 if _SECURE else 0
# With an https address a proxy ends TLS in front of us and says so; without one the header means nothing.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _SECURE else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- static files: served by whitenoise straight from the packages, hashed names kept for ever ------------------------
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/built/assets/"

# --- language and time -----------------------------------------------------------------------------------------------
LANGUAGES = [("en", "English"), ("ca", "Català"), ("es", "Español"), ("ro", "Română")]
LANGUAGE_CODE = env.language(dict(LANGUAGES))
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"

# --- mail and log ----------------------------------------------------------------------------------------------------
for _name, _value in env.mail(TRACTE_HOME, send=not TRACTE_DEMO).items():
    globals()[_name] = _value
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.mail_from()
EMAIL_SUBJECT_PREFIX = ""
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "tracte.config.logs.OneLine"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "tracte": {"level": "INFO"},
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}
