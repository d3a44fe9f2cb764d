"""What is sent to be written: what is unknown is refused, as in an address."""

from __future__ import annotations

from typing import Any, Self

from django.core.exceptions import NON_FIELD_ERRORS
from django.core.exceptions import ValidationError as ServiceError
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError


class Body(serializers.Serializer):
    """The fields of a body; a name that the route does not know is a bad value."""

    @classmethod
    def parse(cls, data: Any, *, partial: bool = False) -> dict[str, Any]:
        """The checked values that were given. Raises ValidationError, ParseError."""
        if not isinstance(data, dict):
            raise ParseError("An object, please.")
        body = cls(data=data, partial=partial)
        complaints = body.unknown_names(data)
        if complaints:
            raise ValidationError(complaints)
        body.is_valid(raise_exception=True)
        return body.validated_data

    def unknown_names(self: Self, data: dict[str, Any]) -> dict[str, list[str]]:
        allowed = ", ".join(self.fields)
        return {
            name: [f"Unknown field; allowed: {allowed}."]
            for name in data
            if name not in self.fields
        }


def as_api_error(error: ServiceError) -> ValidationError:
    """What a service found wrong, by field, as an answer of the API."""
    if not hasattr(error, "error_dict"):
        return ValidationError({"": error.messages})
    found = error.message_dict
    return ValidationError(
        {("" if name == NON_FIELD_ERRORS else name): found[name] for name in found}
    )
