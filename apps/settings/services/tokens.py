"""Tokens are given, used and taken back."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.settings.models import ApiToken
from apps.settings.selectors import digest_of, token_named, tokens_of

# By its beginning a token that leaked is known for ours.
PREFIX = "mtgi_"
RANDOM_BYTES = 32
HINT_LENGTH = 9
TOKENS_PER_USER = 50
# "Last used" is right to the minute: a script that asks a hundred times a second writes
# one row.
USE_NOTED_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewToken:
    """The only time a token is known: `secret` is what its owner keeps."""

    secret: str
    row: ApiToken


@transaction.atomic
def create_token(*, user: AbstractBaseUser, name: str) -> NewToken:
    """A new token called `name`. Raises ValidationError naming the field."""
    name = name.strip()
    if not 0 < len(name) <= 60:
        raise ValidationError({"name": "A name of 1 to 60 characters, please."})
    if tokens_of(user).count() >= TOKENS_PER_USER:
        message = f"You have {TOKENS_PER_USER} tokens already; revoke one first."
        raise ValidationError({"name": message})
    secret = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    row = ApiToken.objects.create(
        user_id=user.pk,
        name=name,
        digest=digest_of(secret),
        hint=secret[:HINT_LENGTH],
    )
    return NewToken(secret, row)


@transaction.atomic
def revoke_token(*, user: AbstractBaseUser, token_id: int) -> bool:
    """Whether the user had such a token; it opens nothing from now on."""
    deleted, _ = tokens_of(user).filter(pk=token_id).delete()
    return bool(deleted)


def user_of_token(secret: str) -> AbstractBaseUser | None:
    """Who comes in with this token, noted as a use of it; None if it opens nothing."""
    token = token_named(secret)
    if token is None or not token.user.is_active:
        return None
    _note_use(token)
    return token.user


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    used = token.last_used_at
    if used is not None and now - used < USE_NOTED_AFTER:
        return
    # Of several requests at once, one writes.
    before = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USE_NOTED_AFTER)
    ApiToken.objects.filter(before, pk=token.pk).update(last_used_at=now)
