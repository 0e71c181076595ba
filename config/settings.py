"""Django's settings, all derived from `config.environment`."""

import contextlib
import os
import secrets
from pathlib import Path

import dj_database_url

from config import environment

ENV = environment.read()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = ENV.data_dir.expanduser().resolve()
try:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
except OSError as exc:
    raise environment.SettingsError(
        f"FENGHUO_DATA_DIR: cannot make {DATA_DIR}: {exc.strerror}"
    ) from None


def _kept_secret(name: str) -> str:
    """Return the secret kept under `name` in the data directory, making it the first time."""
    path = DATA_DIR / name
    try:
        if not path.exists():
            _put_down(path, secrets.token_urlsafe(48))
        return path.read_text(encoding="ascii").strip()
    except OSError as exc:
        raise environment.SettingsError(
            f"FENGHUO_DATA_DIR: cannot keep a secret in {path}: {exc.strerror}"
        ) from None


def _put_down(path: Path, secret: str) -> None:
    """Write the secret unless another process was first: the file appears whole or not at all."""
    half = path.with_name(f"{path.name}.{os.getpid()}")
    half.touch(mode=0o600)
    half.write_text(secret, encoding="ascii")
    with contextlib.suppress(FileExistsError):
        os.link(half, path)
    half.unlink()


SECRET_KEY = ENV.secret_key.get_secret_value() if ENV.secret_key else _kept_secret("secret_key")
AUTHOR_SALT = ENV.author_salt.get_secret_value() if ENV.author_salt else SECRET_KEY
DEBUG = ENV.debug
BASE_URL = ENV.base_url.rstrip("/")
_HOST = BASE_URL.split("://", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]
ALLOWED_HOSTS = [
    "127.0.0.1",
    "localhost",
    "[::1]",
    _HOST,
    *filter(None, (host.strip() for host in ENV.allowed_hosts.split(","))),
]
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SANDBOX_URL = ENV.sandbox_url.rstrip("/")
WECOM_BASE_URL = ENV.wecom_base_url.rstrip("/")
WECOM_ROBOTS = ENV.robots()
CRAWLER_USER_AGENT = ENV.crawler_user_agent
SENTIMENT_MODEL = ENV.sentiment_model

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_prometheus",
    "simple_history",
    "axes",
    "ninja",
    "catalog",
    "crawlers",
    "opinion",
    "alerts",
    "reports",
    "console",
    "workers",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "console.middleware.StaticFiles",
    "console.middleware.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "console.context.shell",
            ],
        },
    }
]

_SQLITE_OPTIONS = {
    # A transaction takes the write lock when it begins: one that reads first and writes later
    # would otherwise fail with "database is locked" whatever the timeout.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;"
        "PRAGMA temp_store=MEMORY;PRAGMA cache_size=-16000"
    ),
}


def _database() -> dict[str, object]:
    if ENV.database_url:
        try:
            config = dict(dj_database_url.parse(ENV.database_url.get_secret_value()))
        except ValueError:
            raise environment.SettingsError(
                "FENGHUO_DATABASE_URL: not like postgresql://user:password@host:5432/name"
            ) from None
        config["CONN_MAX_AGE"] = 60
        config["CONN_HEALTH_CHECKS"] = True
    else:
        config = {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "fenghuo.sqlite3",
        }
    if config["ENGINE"] == "django.db.backends.sqlite3":
        config["OPTIONS"] = _SQLITE_OPTIONS
    return config


DATABASES = {"default": _database()}

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
AUTH_USER_MODEL = "catalog.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "console.passwords.LongEnough"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_VERBOSE = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "console.views.sessions.locked_out"
CSRF_FAILURE_VIEW = "console.views.errors.stale_form"
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BASE_URL.startswith("https://")
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
# Served from the rooms themselves: nothing to collect, on no machine.
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 2**20

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": ENV.log_level},
    # httpx logs whole URLs at INFO, and a WeCom robot's URL is its secret.
    "loggers": {
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
    },
}
