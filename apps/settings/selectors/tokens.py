"""Tokens by what they say, and by whom they are."""

from __future__ import annotations

from hashlib import sha256

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet

from apps.settings.models import ApiToken


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return sha256(token.encode()).hexdigest()


def token_named(token: str) -> ApiToken | None:
    """The row of a token somebody shows, with its user; None for one we never gave.

    Found by its hash: how long that takes says nothing about tokens there are.
    """
    rows = ApiToken.objects.select_related("user")
    return rows.filter(digest=digest_of(token)).first()


def tokens_of(user: AbstractBaseUser) -> QuerySet[ApiToken]:
    """The newest first."""
    return ApiToken.objects.filter(user_id=user.pk)
