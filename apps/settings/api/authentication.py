"""`Authorization: Token …`: who a script asks for."""

from __future__ import annotations

from typing import Any

from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed

from apps.settings.services import user_of_token


class TokenAuthentication(authentication.TokenAuthentication):
    """DRF's header, with tokens of which only a hash is kept."""

    def authenticate_credentials(self, key: str) -> tuple[Any, None]:
        user = user_of_token(key)
        if user is None:
            raise AuthenticationFailed("This token is unknown or was revoked.")
        return user, None
