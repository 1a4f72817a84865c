"""Every setting of the project. Values come from the environment alone; `.env.example` lists them, a line each."""

from pathlib import Path
from urllib.parse import urlsplit

from django.utils.csp import CSP

from portal import environment
from portal.demo import keys

BASE_DIR = Path(__file__).resolve().parent.parent
environment.load_file(keys.FILE)  # what `make run` made for itself; absent in production

DEBUG = environment.flag("DEBUG")
DEMO = environment.flag("DEMO")
_DEMO_KEY = "ZGVtby1kZW1vLWRlbW8tZGVtby1kZW1vLWRlbW8tMTI=" if DEMO else None

# --- Addresses ------------------------------------------------------------------------------------------------------
# Every link we write is built from this one, never from a request's Host header.
PUBLIC_BASE_URL = environment.public_url("PUBLIC_BASE_URL", "http://127.0.0.1:8000" if DEMO else None)
environment.only_here("DEBUG", "shows errors with their data to everyone", PUBLIC_BASE_URL)
environment.only_here("DEMO", "shows every message and code to everyone", PUBLIC_BASE_URL)
SECURE = PUBLIC_BASE_URL.startswith("https://")
ALLOWED_HOSTS = [urlsplit(PUBLIC_BASE_URL).hostname, *filter(None, environment.text("MORE_HOSTS").split(","))]
CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
APPEND_SLASH = False  # both forms work by our own patterns; a redirect would lose a POST

# --- Keys: one purpose each, so that losing one loses one thing -----------------------------------------------------
SECRET_KEY = environment.required("SECRET_KEY", "Set a long random text.", demo=_DEMO_KEY)
SECRET_KEY_FALLBACKS = list(filter(None, environment.text("SECRET_KEY_FALLBACKS").split(",")))
_KEY = "Make one with: python manage.py make_key"
FACTS_KEY = environment.keys("FACTS_KEY", _KEY, demo=_DEMO_KEY)[
    0
]  # identity facts; cannot be rotated without the facts
LINKS_KEYS = environment.keys("LINKS_KEYS", _KEY, demo=_DEMO_KEY)  # reminder links and codes; newest first
FIELDS_KEYS = environment.keys("FIELDS_KEYS", _KEY, demo=_DEMO_KEY)  # contact data at rest; newest first

# --- Apps -----------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "portal.desk.apps.DeskConfig",  # our admin site, in the place of django.contrib.admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_tasks_db",
    "accounts",
    "plans",
    "portal",
    "portal.payments",
    "portal.contact",
    "portal.documents",
]
MIDDLEWARE = [
    "portal.middleware.headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages say no-transform, so no proxy may compress them. The length of a compressed page tells a listener little:
    # the session comes with no request of another site's but a visible one, CSRF tokens are masked anew in each page,
    # and Django adds up to 100 random bytes.
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "portal.middleware.language",
    "django.middleware.common.CommonMiddleware",
    "portal.middleware.bounded",  # before the next one, which reads forms
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.middleware.visitor",
    "portal.middleware.access",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                "portal.contact.wordings.loader.Loader",  # words of messages as approved, before those as shipped
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
                ),
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.pages.frame.frame",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "portal.templatetags.words"],
        },
    }
]

# --- Data -----------------------------------------------------------------------------------------------------------
DATABASES = {"default": environment.database("DATABASE_URL", f"sqlite:///{BASE_DIR / 'pinghuan.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Rate limits live in the cache, so it must count atomically: a database table, or Redis where there are many servers.
_CACHE_URL = environment.text("CACHE_URL")
if _CACHE_URL and not _CACHE_URL.startswith(("redis://", "rediss://")):
    environment.stop(f"CACHE_URL={_CACHE_URL} is not an address such as redis://host:6379/0.")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": _CACHE_URL}
    if _CACHE_URL
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "portal_cache"}
}
# Whose data was removed, one line each: outside the database and its backups (`replay_erasures`).
ERASURES_FILE = environment.text("ERASURES_FILE") or str(BASE_DIR / "var" / "erasures.jsonl")
# How long accounts are kept after the last one is closed, where the rule sets ask for records and name no time.
KEEP_AFTER_CLOSE = environment.period("KEEP_AFTER_CLOSE", "P5Y")
MEDIA_ROOT = environment.text("MEDIA_ROOT") or str(BASE_DIR / "var" / "media")
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# Bodies to turn to for advice and in a crisis, in the place of those the rule files name or beside them.
SIGNPOSTS = environment.file("SIGNPOSTS")

# --- Words ----------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English")]  # each by its own name, everywhere
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = SECURE
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Static files ---------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
_MANIFEST = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",  # people's files, sealed; no address leads there
        "OPTIONS": {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG else _MANIFEST},
}
WHITENOISE_USE_FINDERS = DEBUG

# --- Security -------------------------------------------------------------------------------------------------------
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
} | ({"upgrade-insecure-requests": True} if SECURE else {})
_HOST = "__Host-" if SECURE else ""
SESSION_ENGINE = "portal.sign_in.sessions"
SESSION_COOKIE_NAME = f"{_HOST}session"
CSRF_COOKIE_NAME = f"{_HOST}csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"  # Lax, so that the link in a text leads in
SESSION_COOKIE_AGE = 8 * 3600  # the longest session, a staff member's; portal.middleware ends each kind at its own time
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # no cookie of its own
CSRF_FAILURE_VIEW = "portal.pages.errors.csrf_failure"
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_SSL_REDIRECT = SECURE and environment.flag("REDIRECT_TO_HTTPS", fallback=True)
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # asked from inside, without TLS
SECURE_REFERRER_POLICY = "same-origin"  # `no-referrer` would make browsers send `Origin: null` with our own forms
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if environment.flag("BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
# Bytes that one request may bring beside files. Django's own limit is one for all, so it is that of the longest: an
# e-mail which a provider hands on as JSON or as a form (portal.contact.hearing), held in memory about four times over
# while it is read. All else is held to LONGEST_FORM before any of it is read, by portal.middleware.bounded and, where
# a form may bring files, by the door of portal.contact.uploads.
LONGEST_FORM = 256 * 1024
LONGEST_LETTER = 20 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = LONGEST_LETTER
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 60  # of an e-mail; the door lets ten of a page in
# Files are kept in memory until they are sealed; the door (portal.contact.uploads) lets none in where none is wanted.
FILE_UPLOAD_HANDLERS = [
    "portal.contact.uploads.door.Door",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
]
FILE_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024

# --- Sign-in (design part 4): allauth for staff; a debtor comes by link and facts ------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["portal.sign_in.backend.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"
ACCOUNT_ADAPTER = "portal.sign_in.adapter.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = [
    "email*",
    "password1*",
]  # sign-up is closed by the adapter; without these the form loses its fields
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "arrive": "30/10m/ip",
    "verify": "30/10m/ip",
    "verify_slow": "5/10m/ip",
    "reference": "30/10m/ip",
    "not_me": "10/10m/ip",
    "check": "30/10m/ip",
    "write": "5/10m/ip",
}
ALLAUTH_TRUSTED_PROXY_COUNT = environment.number("PROXY_COUNT", fallback=0)
MFA_ADAPTER = "portal.sign_in.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO and not SECURE
MFA_TOTP_ISSUER = "Pinghuan"

# --- Messages out -----------------------------------------------------------------------------------------------------
_TEXTS = {"console", "file", "twilio", "alibaba", "tencent"}
SMS_URLS = environment.gateways_by_code("SMS_URLS", schemes=_TEXTS)  # for numbers that begin with these codes
SMS_URL = environment.gateway(
    "SMS_URL",
    "Set console:, file:///folder, or the address of Twilio, Alibaba Cloud or Tencent Cloud; see docs/operators.md.",
    schemes=_TEXTS,
    demo=f"file://{BASE_DIR / 'var' / 'phone'}" if DEMO else "" if SMS_URLS else None,
)
EMAIL_URL = environment.gateway(
    "EMAIL_URL",
    "Set console:, file:///folder, smtps://user:password@host:465, smtp+tls://user:password@host:587, or a provider's "
    "address such as anymail+mailgun://?api_key=…; see docs/operators.md.",
    schemes={"console", "file", "smtp", "smtp+tls", "smtps", "anymail+"},
    demo=f"file://{BASE_DIR / 'var' / 'phone'}" if DEMO else None,
)
WECHAT_URL = environment.gateway(
    "WECHAT_URL",
    "Leave it out, or set console:, file:///folder or wechat://APPID:SECRET@?token=…; see docs/operators.md.",
    schemes={"console", "file", "wechat"},
    demo=f"file://{BASE_DIR / 'var' / 'phone'}" if DEMO else "",
)
MAILERS = {"default": environment.mailer(EMAIL_URL)}
SENDER_NAME = environment.text("SENDER_NAME")  # whom texts come from; empty is the product's own name
# What the operators of a region ask of a sender; `accounts.letterhead` makes texts accordingly.
_REGIONS = {file.stem for file in (BASE_DIR / "accounts" / "rules").glob("*.toml")}
SMS_SENDERS = environment.senders("SMS_SENDERS", _REGIONS, fallback="hk:#Pinghuan" if DEMO else "")
REGISTERED_IN = environment.regions("REGISTERED_IN", _REGIONS, fallback="tw,cn" if DEMO else "")
APPROVED_IN = environment.regions("APPROVED_IN", _REGIONS, fallback="cn" if DEMO else "")
EMAIL_FROM = environment.text("EMAIL_FROM", "no-reply@example.com")
# Who is told at once when words may mean danger, beside the two people whom each creditor names.
ON_DUTY = environment.addresses("ON_DUTY", fallback="duty@example.com" if DEMO else "")
REPLIES_TO = environment.mailbox("REPLIES_TO")  # whose +TOKEN addresses e-mails are answered at; empty: none are taken

# --- Files that people send -------------------------------------------------------------------------------------------
# Without a scanner, files are taken in the demo alone, which says so.
SCANNER_URL = environment.scanner("SCANNER_URL")

# --- Logs: keys of our own choice, never a path with a token, never a person's data ----------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no_secrets": {"()": "portal.logs.NoSecrets"}},
    "formatters": {"plain": {"()": "portal.logs.Plain", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["no_secrets"]},
        "nowhere": {"class": "logging.NullHandler"},  # without any, Python writes it to stderr as it stands
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},  # in the place of Django's own, which would mail errors
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "fido2": {"level": "WARNING"},  # at INFO it writes down each new passkey
        "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},  # scanners; they get their 400
    },
}
