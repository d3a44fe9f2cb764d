"""`Authorization: Token …`: who a script asks for."""

from __future__ import annotations

from typing import Any

from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed

from apps.settings.selectors import token_named
from apps.settings.services import note_use


class TokenAuthentication(authentication.TokenAuthentication):
    """DRF's header, with tokens of which only a hash is kept."""

    def authenticate_credentials(self, key: str) -> tuple[Any, Any]:
        token = token_named(key)
        if token is None or not token.user.is_active:
            raise AuthenticationFailed("This token is unknown or was revoked.")
        note_use(token=token)
        return token.user, token
