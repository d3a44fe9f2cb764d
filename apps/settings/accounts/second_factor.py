"""Codes are guessed no further than passwords, and their secrets are encrypted."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.encoding import force_bytes

from mtgintel.core import cache

from .adapter import refuse_too_many_tries
from .lockout import count_failure, forgive, is_locked, second_factor_of


class SecondFactorAdapter(DefaultMFAAdapter):
    """Who reads the database alone gets nobody's codes: the key is SECRET_KEY's."""

    def encrypt(self, text: str) -> str:
        return _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _keys().decrypt(encrypted_text.encode()).decode()


def _keys() -> MultiFernet:
    """The key in use first, then those it replaced."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(secret)) for secret in secrets])


def _key(secret: str | bytes) -> bytes:
    salted = b"second factor:" + force_bytes(secret)
    return urlsafe_b64encode(sha256(salted).digest())


class _CountedCode:
    """Wrong codes lock the door like wrong passwords."""

    user: Any

    def clean_code(self) -> str:
        request, credentials = context.request, second_factor_of(self.user)
        if is_locked(request, credentials):
            raise ValidationError("Too many wrong codes.")
        refuse_too_many_tries(credentials["username"])
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except cache.REDIS_IS_DOWN:
            # It remembers which codes were used already.
            message = "Codes cannot be checked right now; a recovery code can."
            raise ValidationError(message) from None
        except ValidationError:
            count_failure(request, credentials)
            raise
        forgive(request, credentials["username"])
        return code


class AuthenticateForm(_CountedCode, mfa_forms.AuthenticateForm):
    pass


class ReauthenticateForm(_CountedCode, mfa_forms.ReauthenticateForm):
    pass


class ActivateForm(_CountedCode, totp_forms.ActivateTOTPForm):
    pass
