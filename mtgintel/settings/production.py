"""Behind a proxy that ends TLS. Every secret comes from the environment."""

from .base import *  # noqa: F403
from .base import EMAIL_URL, LOGGING, env

SECRET_KEY = env.str("SECRET_KEY")
# Those it replaced: what they signed and encrypted is still read.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# 127.0.0.1 is where the containers ask after their own health.
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS"), "127.0.0.1"]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
LOG_FORMAT = env.str("LOG_FORMAT", default="json")
LOGGING = {
    **LOGGING,
    "handlers": {
        "console": {**LOGGING["handlers"]["console"], "formatter": LOG_FORMAT}
    },
}
REQUIRE_TIMESCALEDB = env.bool("REQUIRE_TIMESCALEDB", default=True)

# Those of other machines have to be named: see TrustedProxies, which drops the header
# of everybody else.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=["127.0.0.0/8", "::1/128"])
ALERT_WEBHOOK_HTTPS_ONLY = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^api/health/"]
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
# Under these names browsers take no cookie from a subdomain, or without encryption.
SESSION_COOKIE_NAME = "__Host-sessionid"
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrftoken"
CSRF_COOKIE_SECURE = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Letters hold links that open accounts: without a server to send them they go nowhere,
# not into a log, and nobody can sign up.
if not EMAIL_URL:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    SIGNUP_OPEN = False
