"""One machine, one user: what `make run` and every `manage.py` command use."""

from mtgintel.core import embedded

from .base import *  # noqa: F403
from .base import DATA_DIR, env

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or embedded.secret_key(DATA_DIR)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Static files are served from where they are; nobody runs collectstatic at home.
WHITENOISE_USE_FINDERS = True
# Browsers offer passkeys on http://localhost too.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
