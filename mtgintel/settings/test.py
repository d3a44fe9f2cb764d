"""Settings of the test suite; tests/engines/plugin.py names the servers it started."""

from .base import *  # noqa: F403
from .base import DATABASES, REST_FRAMEWORK, env

SECRET_KEY = "only-for-tests"  # noqa: S105
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Tests open and close databases themselves; pooled connections would linger.
DATABASES["default"]["OPTIONS"].pop("pool", None)
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {}}
# Each process counts for itself; tests of several say where.
METRICS_DIR = env.str("METRICS_DIR", default="")
# Tests that archive say where.
ARCHIVE_URL = ""
# Counters outlive a test; those that are about limits set their own.
ACCOUNT_POST_RATES = {}
ACCOUNT_TRIES_PER_HOUR = 1_000_000
ACCOUNT_MAILS_PER_HOUR = 1_000_000
