"""Who somebody is: signing up and in, second factors, lockout, e-mail."""

from __future__ import annotations

from datetime import timedelta

from .env import env

ACCOUNT_APPS = [
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

AUTHENTICATION_BACKENDS = [
    # First, so that nobody who is locked out has a password looked at.
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]

# --- Accounts (django-allauth) ------------------------------------------------------
ACCOUNT_ADAPTER = "apps.settings.accounts.adapter.AccountAdapter"
# By address; by name too, as users made on the command line may have no address. Who
# signs up chooses no name: "already taken" would tell who is here.
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# What makes the answer to a sign-up the same whether the address is known or not.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
# A session left open somewhere is not enough to take an account over.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "MTG Market Intel: "
ACCOUNT_FORMS = {
    "login": "apps.settings.accounts.forms.LoginForm",
    "signup": "apps.settings.accounts.forms.SignupForm",
}
ACCOUNT_USER_DISPLAY = "apps.settings.accounts.adapter.display_name"
# We limit by ourselves: these limits fail when the cache is down, and would take the
# login with them.
ACCOUNT_RATE_LIMITS = False
MFA_RATE_LIMITS = False

MFA_ADAPTER = "apps.settings.accounts.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "MTG Market Intel"
# A phone's clock is seldom right to the second: one code before and after counts.
MFA_TOTP_TOLERANCE = 1
# Nobody gets in without a verified address but those made on the command line.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "authenticate": "apps.settings.accounts.second_factor.AuthenticateForm",
    "reauthenticate": "apps.settings.accounts.second_factor.ReauthenticateForm",
    "activate_totp": "apps.settings.accounts.second_factor.ActivateForm",
}

# --- Lockout (django-axes) ----------------------------------------------------------
# Per name tried and address together: nobody can lock somebody else out of their
# account, and names that nobody has are locked like all others.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
# The time that is said when somebody is locked out stays true.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_USERNAME_CALLABLE = "apps.settings.accounts.lockout.name_tried"
AXES_CLIENT_IP_CALLABLE = "mtgintel.core.security.proxies.address_of"
AXES_LOCKOUT_CALLABLE = "apps.settings.accounts.lockout.locked_out"
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
# Nothing of a form is kept but that it failed.
AXES_SENSITIVE_PARAMETERS = [
    "username",
    "ip_address",
    "login",
    "code",
    "credential",
    "csrfmiddlewaretoken",
    "next",
]

# --- Limits of our own --------------------------------------------------------------
# Forms that one address may send, by the name of the route.
ACCOUNT_POST_RATES: dict[str, str] = {
    "": "30/min",
    "account_signup": "20/hour",
    "account_reset_password": "20/hour",
}
# Logins tried for one account, from wherever.
ACCOUNT_TRIES_PER_HOUR = 100
# Letters to one address: nobody's mailbox is filled by way of us.
ACCOUNT_MAILS_PER_HOUR = 6

# --- E-mail -------------------------------------------------------------------------
# smtp://user:password@host:25, smtp+tls://…:587, smtp+ssl://…:465, consolemail://
EMAIL_URL = env.str("EMAIL_URL", default="")
_mail = env.email_url_config(EMAIL_URL or "consolemail://")
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST = _mail["EMAIL_HOST"] or ""
EMAIL_PORT = _mail["EMAIL_PORT"] or 25
EMAIL_HOST_USER = _mail["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str(
    "DEFAULT_FROM_EMAIL", default="MTG Market Intel <noreply@localhost>"
)
SIGNUP_OPEN = env.bool("SIGNUP_OPEN", default=True)
