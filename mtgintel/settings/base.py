"""Settings shared by every way of running; dev, test and production refine them."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

from mtgintel.core import embedded
from mtgintel.core.version import VERSION

from .accounts import *  # noqa: F403
from .accounts import ACCOUNT_APPS, DEFAULT_FROM_EMAIL
from .env import (
    BASE_DIR,
    CACHE_REDIS_URL,
    DATA_DIR,
    DATABASE_URL,
    REDIS_URL,
    REPLICA_DATABASE_URL,
    as_broker_url,
    database_from_url,
    env,
    with_database_number,
)
from .queues import *  # noqa: F403
from .schedule import *  # noqa: F403
from .security import *  # noqa: F403

DEBUG = False
ALLOWED_HOSTS: list[str] = []
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
ROOT_URLCONF = "mtgintel.urls"
ASGI_APPLICATION = "mtgintel.asgi.application"
WSGI_APPLICATION = "mtgintel.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
SILENCED_SYSTEM_CHECKS: list[str] = []

INSTALLED_APPS = [
    # As an app it only makes `runserver` speak websockets; every other process would
    # load Twisted for nothing, which takes half a second.
    *(["daphne"] if "runserver" in sys.argv else []),
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "channels",
    "django_celery_beat",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "timescale",
    *ACCOUNT_APPS,
    "mtgintel.core",
    "apps.settings",
    "apps.cards",
    "apps.prices",
    "apps.market",
    "apps.signals",
    "apps.inventory",
    "apps.recommendations",
    "apps.alerts",
]

MIDDLEWARE = [
    # First: what comes after may believe who asks, and over what.
    "mtgintel.core.security.proxies.TrustedProxies",
    # Whatever is logged from here on says of which request.
    "mtgintel.core.requests.RequestIds",
    # Outside of all that may answer.
    "mtgintel.core.metrics.middleware.Requests",
    # Before all that asks for a name of ours, a session or the database.
    "mtgintel.core.metrics.middleware.MetricsDoor",
    # Outside of whitenoise, so that static files have the headers too.
    "mtgintel.core.security.policies.BrowserPolicies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "mtgintel.core.caching.CacheHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    # Last: it turns the answer to a login into the page of those locked out.
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.market.context.frame",
                "apps.alerts.context.bell",
                # Last: a page that is made for all has a token of its own.
                "mtgintel.core.shared_pages.stand_ins",
            ],
        },
    },
]

# --- Servers: what the environment names wins, the embedded ones otherwise -------
# Paths only: reading the settings never starts a server.
_redis_url = REDIS_URL or embedded.redis_url(DATA_DIR)

# Sessions of each process with the database: one per thread that has a use for one.
DATABASE_POOL_SIZE = env.int("DATABASE_POOL_SIZE", default=8)
# Behind a pooler that hands out sessions by the transaction (PgBouncer) a cursor on the
# server would be left in a session that is somebody else's by then.
TRANSACTION_POOLING = env.bool("TRANSACTION_POOLING", default=False)


def _database(url: str, **pool: int) -> dict[str, Any]:
    database = database_from_url(url)
    own_pool = {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 10, **pool}
    return {
        **database,
        "ENGINE": "mtgintel.core.timescale.backend",
        # Persistent connections run PostgreSQL out of clients under ASGI; the pool
        # serves both ways of running.
        "CONN_MAX_AGE": 0,
        # The pool asks a session whether it lives before it hands it out: after a
        # restart of PostgreSQL it still holds those of before.
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": TRANSACTION_POOLING,
        "OPTIONS": {
            **database["OPTIONS"],
            "pool": own_pool,
            "application_name": "mtgintel",
        },
    }


DATABASES: dict[str, dict[str, Any]] = {
    "default": _database(DATABASE_URL or embedded.database_url(DATA_DIR))
}
DATABASE_ROUTERS: list[str] = []
# The tables a replica may be asked for, and the modules of the views that may ask: see
# mtgintel/core/replica.py. The state of feeds is about now, whoever looks at it.
REPLICA_APPS = ("cards", "prices", "market", "signals", "recommendations")
REPLICA_VIEWS = (
    "apps.cards.api",
    "apps.market.api",
    "apps.market.compare",
    "apps.market.exports",
    "apps.market.sealed",
    "apps.market.sets",
    "apps.market.spreads",
    "apps.market.views",
    "apps.prices.api.views",
    "apps.prices.views",
    "apps.recommendations.api",
    "apps.recommendations.views",
    "apps.signals.api",
    "apps.signals.views",
)
if REPLICA_DATABASE_URL:
    # Nobody waits long for it while the primary would answer.
    DATABASES["replica"] = _database(REPLICA_DATABASE_URL, timeout=2)
    DATABASES["replica"]["OPTIONS"].setdefault("connect_timeout", 2)
    DATABASE_ROUTERS = ["mtgintel.core.replica.ReplicaRouter"]
    MIDDLEWARE.append("mtgintel.core.replica.ReadsFromReplica")

CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": CACHE_REDIS_URL or with_database_number(_redis_url, 1),
        "KEY_PREFIX": "mtgintel",
        "OPTIONS": {
            "SOCKET_CONNECT_TIMEOUT": 1,
            "SOCKET_TIMEOUT": 2,
            # Hundreds of requests at once take turns; the usual pool refuses the
            # hundred-and-first, which would look like a Redis that is down.
            "CONNECTION_POOL_CLASS": "redis.BlockingConnectionPool",
            "CONNECTION_POOL_KWARGS": {"max_connections": 50, "timeout": 10},
        },
    }
}

BROKER_REDIS_URL = with_database_number(_redis_url, 0)

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "prefix": "mtgintel",
            # Without a timeout of its own, redis-py 8 drops a connection that is idle
            # for 5 s.
            "hosts": [
                {
                    "address": BROKER_REDIS_URL,
                    "socket_timeout": 30,
                    "health_check_interval": 30,
                    # A unix socket knows no such thing, and its client says so loudly.
                    **(
                        {}
                        if BROKER_REDIS_URL.startswith("unix:")
                        else {"socket_keepalive": True}
                    ),
                }
            ],
        },
    }
}

CELERY_BROKER_URL = as_broker_url(BROKER_REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 3 * 60 * 60
CELERY_TASK_SOFT_TIME_LIMIT = CELERY_TASK_TIME_LIMIT - 300
# A message is handed out again when nobody acknowledged it for this long, so it
# must outlast the longest task.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": CELERY_TASK_TIME_LIMIT + 600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 100
# Asked to stop, a worker gives its tasks this many seconds and hands the unfinished
# ones back to the queue.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10.0
# Its own handlers would write what ours hide.
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
# Tasks beside those in the apps' tasks.py.
CELERY_IMPORTS = ["apps.prices.demo.tasks"]

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]

SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.settings.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "EXCEPTION_HANDLER": "mtgintel.core.api.errors.exception_handler",
    # "format" is a card's play format, not ours; the Accept header says ours.
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_THROTTLE_CLASSES": ["mtgintel.core.api.throttling.ScopeThrottle"],
    # Per address and view scope.
    "DEFAULT_THROTTLE_RATES": {
        "read": env.str("API_READ_RATE", default="1200/min"),
        "search": env.str("API_SEARCH_RATE", default="600/min"),
        # A reader of Parquet asks for a file in many ranges.
        "download": env.str("API_DOWNLOAD_RATE", default="300/min"),
    },
}

SPECTACULAR_SETTINGS = {
    "TITLE": "MTG Market Intel",
    "DESCRIPTION": "Prices, history and market index for Magic: The Gathering cards.",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "AlertDirectionEnum": "apps.alerts.models.rules.DIRECTIONS",
        "AlertKindEnum": "apps.alerts.kinds.CHOICES",
        "DirectionEnum": "apps.signals.figures.WAYS.values",
        "ConditionEnum": "mtgintel.core.constants.Condition",
        "FinishEnum": "mtgintel.core.constants.Finish",
        "ServiceStateEnum": "apps.prices.api.service.STATES",
        "SpreadKindEnum": "apps.market.maths.spreads.KINDS.items",
        "SignalKindEnum": "apps.signals.models.SIGNAL_KINDS",
        "RecommendationKindEnum": "apps.recommendations.models.Kind",
        "DisposalKindEnum": "apps.inventory.models.Disposal.Kind",
    },
    "PREPROCESSING_HOOKS": ["mtgintel.core.api.schema.without_slash_twins"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# "line" is for people, "json" for programs that gather logs.
LOG_FORMAT = env.str("LOG_FORMAT", default="line")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "mtgintel.core.logs.Line"},
        "json": {"()": "mtgintel.core.logs.Json"},
    },
    "filters": {
        "secrets": {"()": "mtgintel.core.security.redaction.RedactSecrets"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["secrets"],
        }
    },
    "loggers": {
        # Its own handler would post tracebacks to ADMINS.
        "django": {"handlers": [], "level": "INFO"},
        # It writes whole addresses, with whatever token is in them; we say what failed.
        "httpx2": {"level": "WARNING"},
        # We say ourselves what is tried again, and why.
        "stamina": {"level": "ERROR"},
        # Who is locked out, not who came in.
        "axes": {"level": "WARNING"},
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}

# Where all processes on one data directory keep what they count for Prometheus.
METRICS_DIR = env.str("METRICS_DIR", default=str(DATA_DIR / "metrics"))
# Networks (CIDR) from which /metrics may be read by whoever asks us directly; by
# default this machine, and the networks docker makes.
METRICS_ALLOWED: list[str] = env.list(
    "METRICS_ALLOWED",
    default=["127.0.0.0/8", "::1/128", "172.16.0.0/12", "192.168.0.0/16"],
)
# Who sends it (Authorization: Bearer …) may read /metrics from anywhere. Empty: nobody.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# Who we are to the servers we fetch from; their operators can reach us there.
FEED_USER_AGENT = env.str(
    "FEED_USER_AGENT", default="mtg-market-intel/1.0 (self-hosted price archive)"
)
# Where downloads of feeds are kept while they are read.
FEED_DOWNLOAD_DIR = DATA_DIR / "feeds"
# Whether price lists described in the admin may come from our own network.
FEED_ALLOW_PRIVATE_ADDRESSES = env.bool("FEED_ALLOW_PRIVATE_ADDRESSES", default=False)
# CardTrader answers only to the holder of an account; without one it is left out.
CARDTRADER_TOKEN = env.str("CARDTRADER_TOKEN", default="")

# How long raw price rows are kept; daily aggregates are kept for ever.
PRICE_RETENTION_DAYS = env.int("PRICE_RETENTION_DAYS", default=730)

# Where each day's prices are kept outside the database: a folder, or a URL that fsspec
# can open (s3://bucket/prefix needs the package s3fs). Empty: there is no archive.
ARCHIVE_URL = env.str("ARCHIVE_URL", default=str(DATA_DIR / "archive"))
# Where visitors find the same files, if not through us: https://files.example.org.
ARCHIVE_PUBLIC_URL = env.str("ARCHIVE_PUBLIC_URL", default="").rstrip("/")

# Where visitors find us: links in letters and webhooks begin with it.
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
# Who is written to when an alarm is raised or over.
ADMINS = [(address, address) for address in env.list("ADMINS", default=[])]
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_SUBJECT_PREFIX = "[MTG Market Intel] "
# Below this much room on the disk of the data directory there is an alarm.
ALARM_FREE_BYTES = env.int("ALARM_FREE_MB", default=2_000) * 1_000_000
# Above this many doubted prices without a decision.
ALARM_HELD_PRICES = env.int("ALARM_HELD_PRICES", default=5_000)
# Where `manage.py backup` writes to, and how old the newest may be.
BACKUP_DIR = env.str("BACKUP_DIR", default=str(DATA_DIR / "backups"))
BACKUP_MAX_AGE_HOURS = env.int("BACKUP_MAX_AGE_HOURS", default=48)
# Hosts (and what is below them) that alerts may be posted to; none named: anywhere on
# the public internet.
ALERT_WEBHOOK_HOSTS: list[str] = env.list("ALERT_WEBHOOK_HOSTS", default=[])
ALERT_WEBHOOK_HTTPS_ONLY = env.bool("ALERT_WEBHOOK_HTTPS_ONLY", default=False)

# What one client of the websocket may do: fields of mtgintel.core.live.limits.Limits.
LIVE_LIMITS: dict[str, Any] = {}
