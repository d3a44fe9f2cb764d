"""One's own preferences."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.parsers import JSONParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.settings.selectors import preferences_of
from apps.settings.services import checked, save_preferences
from mtgintel.core.api.errors import ErrorSerializer
from mtgintel.core.api.params import QueryParams

from .serializers import PreferencesSerializer, as_json

PRIVATE = {"Cache-Control": "no-store"}


def _user(request: Request) -> AbstractBaseUser:
    """Who asks, once permissions were looked at."""
    return cast(AbstractBaseUser, request.user)


class SettingsView(APIView):
    """The preferences of who asks; there is no way to name somebody else."""

    permission_classes = [IsAuthenticated]
    parser_classes = [JSONParser]

    @extend_schema(
        operation_id="settings_read",
        tags=["settings"],
        summary="Your preferences",
        responses={
            200: PreferencesSerializer,
            400: ErrorSerializer,
            401: ErrorSerializer,
        },
    )
    def get(self, request: Request) -> Response:
        QueryParams.parse(request.query_params)
        return Response(as_json(preferences_of(request.user)), headers=PRIVATE)

    @extend_schema(
        operation_id="settings_change",
        tags=["settings"],
        summary="Change some of your preferences",
        description="What is not named stays, inside the tables too. Anything wrong "
        "is named by its field, and nothing is saved.",
        request=PreferencesSerializer(partial=True),
        responses={
            200: PreferencesSerializer,
            400: ErrorSerializer,
            401: ErrorSerializer,
        },
    )
    def patch(self, request: Request) -> Response:
        QueryParams.parse(request.query_params)
        if not isinstance(request.data, dict):
            raise exceptions.ParseError("An object of preferences, please.")
        try:
            # First, so that "user" is a preference there is not, like any other.
            checked(preferences_of(request.user), request.data)
            saved = save_preferences(user=_user(request), **request.data)
        except ValidationError as error:
            raise exceptions.ValidationError(error.message_dict) from None
        return Response(as_json(saved), headers=PRIVATE)
