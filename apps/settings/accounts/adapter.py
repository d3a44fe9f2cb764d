"""What we decide where django-allauth asks."""

from __future__ import annotations

import logging
from hashlib import sha256
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.stages import EmailVerificationStage
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from mtgintel.core import cache
from mtgintel.core.security.proxies import address_of

from .lockout import forgive, name_of

logger = logging.getLogger(__name__)

HOUR = 60 * 60
NOWHERE = "0.0.0.0"  # noqa: S104 (an address that is shown, not listened on)


def display_name(user: AbstractUser) -> str:
    """The name somebody knows themselves by."""
    return user.email or user.username


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return settings.SIGNUP_OPEN

    def get_client_ip(self, request: HttpRequest) -> str:
        # Somebody who comes through a unix socket has no address.
        return address_of(request) or NOWHERE

    def is_safe_url(self, url: str | None) -> bool:
        """Whether a link may lead there after a form. What is no address may not."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def get_login_stages(self) -> list[str]:
        ours = f"{VerifiedAddress.__module__}.{VerifiedAddress.__qualname__}"
        theirs = (
            f"{EmailVerificationStage.__module__}.{EmailVerificationStage.__qualname__}"
        )
        return [ours if each == theirs else each for each in super().get_login_stages()]

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """The limit over all addresses; per address django-axes counts."""
        refuse_too_many_tries(name_of(credentials))

    def authenticate(
        self, request: HttpRequest, **credentials: Any
    ) -> AbstractUser | None:
        user: AbstractUser | None = super().authenticate(request, **credentials)
        if user:
            forgive(request, name_of(credentials))
        return user

    def send_mail(self, template_prefix: str, email: str, context: Any) -> None:
        """Silent when it is too much: an answer would tell that there is an account."""
        hits = cache.count_hit(f"mail:{_folded(email)}", HOUR)
        if hits is not None and hits > settings.ACCOUNT_MAILS_PER_HOUR:
            logger.warning("a letter was not sent: too many to one address")
            return
        super().send_mail(template_prefix, email, context)


class VerifiedAddress(EmailVerificationStage):
    """Asks for a verified address, but of staff: they are made on the command line."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        user = self.login.user
        if user is not None and user.is_staff:
            return None, True
        return super().handle()


def refuse_too_many_tries(name: str) -> None:
    """Count a try for the account called `name`. Raises ValidationError."""
    hits = cache.count_hit(f"login:{_folded(name)}", HOUR)
    if hits is not None and hits > settings.ACCOUNT_TRIES_PER_HOUR:
        raise ValidationError("Too many tries for this account; wait an hour, please.")


def _folded(name: str) -> str:
    """What stands for a name where it need not be read."""
    return sha256(name.lower().encode()).hexdigest()
