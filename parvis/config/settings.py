"""Django settings. What an operator may change comes from PARVIS_* variables (environment.py)."""

from __future__ import annotations

from pathlib import Path

from parvis.config import environment as env

PACKAGE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.data_dir()
DOMAIN = env.domain()
BASE_URL = env.base_url()
STREAMING_URL = env.streaming_url()
IS_DEMO = env.is_demo()
RATE_LIMITS = env.text("PARVIS_RATE_LIMITS").lower() != "off"
FANOUT_LIMIT = env.number("PARVIS_FANOUT_LIMIT")

SECRET_KEY = env.secret_key()
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", DOMAIN.split(":")[0]]
CSRF_TRUSTED_ORIGINS = [BASE_URL]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",  # allauth's page of passkeys uses it
    "django.contrib.staticfiles",
    "django_cotton",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "oauth2_provider",
    "django_tasks",
    "django_tasks_db",
    "parvis.kernel",
    "parvis.network",
    "parvis.identity",
    "parvis.media",
    "parvis.moderation",
    "parvis.syndication",
    "parvis.push",
    "parvis.portability",
    "parvis.feeds",
    "parvis.web",
    "parvis.console",
]

# Page middleware steps aside for the API (kernel/middleware.py), which authenticates by bearer token only.
MIDDLEWARE = [
    "parvis.kernel.middleware.RequestContext",
    "parvis.kernel.middleware.Security",
    "parvis.kernel.middleware.PageSessions",
    "parvis.kernel.middleware.PageLocale",
    "parvis.kernel.middleware.PageCommon",
    "parvis.kernel.middleware.PageCsrf",
    "parvis.kernel.middleware.PageAuthentication",
    "parvis.kernel.middleware.PageMessages",
    "parvis.kernel.middleware.PageFrames",
    "allauth.account.middleware.AccountMiddleware",
    "parvis.kernel.middleware.PageUserSessions",
    "parvis.web.middleware.PageHeaders",
]

ROOT_URLCONF = "parvis.config.urls"
WSGI_APPLICATION = "parvis.config.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE_DIR / "web" / "templates", PACKAGE_DIR / "identity" / "templates"],  # before allauth's own
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csrf",
                "django.contrib.auth.context_processors.auth",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "parvis.web.context.square",
            ],
            "builtins": ["django_cotton.templatetags.cotton"],
        },
    }
]

DATABASES = {"default": env.database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "kernel_cache"}}

AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/auth/login/"
LOGIN_REDIRECT_URL = "/home"
LOGOUT_REDIRECT_URL = "/"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "parvis_session"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BASE_URL.startswith("https")
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "parvis_csrf"

# allauth: accounts, TOTP, passkeys, sessions (web/entry/adapter.py has our rules).
ACCOUNT_ADAPTER = "parvis.web.entry.adapter.AccountAdapter"
MFA_ADAPTER = "parvis.web.entry.adapter.MfaAdapter"
ACCOUNT_FORMS = {"signup": "parvis.web.entry.forms.SignupForm"}
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_USERNAME_MIN_LENGTH = 1
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_RATE_LIMITS = {} if RATE_LIMITS else False
ALLAUTH_TRUSTED_CLIENT_IP_HEADER = None
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = BASE_URL.startswith("http://localhost")
MFA_TOTP_ISSUER = "Parvis"
USERSESSIONS_TRACK_ACTIVITY = False

# OAuth for apps (identity/oauth.py has the clients' quirks).
OAUTH2_PROVIDER_APPLICATION_MODEL = "identity.Application"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "identity.AccessToken"  # noqa: S105 - a model's name
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "identity.RefreshToken"  # noqa: S105 - a model's name
OAUTH2_PROVIDER_GRANT_MODEL = "identity.Grant"
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "identity.IDToken"  # noqa: S105 - a model's name
OAUTH2_PROVIDER = {
    "PKCE_REQUIRED": False,
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": 600,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,  # tokens at rest are checksums
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
LOCALE_PATHS = [PACKAGE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "parvis_language"
TIME_ZONE = "UTC"
USE_I18N = USE_TZ = True

STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "originals": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA_DIR / "originals"}},
    "staticfiles": {"BACKEND": "parvis.web.static_files.HashedStatic"},
}
CSRF_FAILURE_VIEW = "parvis.web.views.about.csrf_failed"
MEDIA_URL = env.text("PARVIS_MEDIA_URL") or "/media/"
MEDIA_ROOT = DATA_DIR / "media"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

globals().update(env.mail())

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("PARVIS_LOG_LEVEL")},
    "loggers": {"django.request": {"level": "ERROR"}, "django.security": {"level": "ERROR"}},
}
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # User.username is unique, by a constraint on its small letters
