"""Query parameters: what is unknown is refused and told what would be known."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from mtgintel.core.constants import (
    LANGUAGE_ALIASES,
    UnknownLanguageError,
    normalize_language,
)


class Choice(serializers.ChoiceField):
    """One of a few words, in any case; another is told which ones there are."""

    default_error_messages = {"invalid_choice": '"{input}" is not one of: {allowed}.'}

    def to_internal_value(self, data: Any) -> Any:
        text = str(data).casefold()
        for choice in self.choices:
            if str(choice).casefold() == text:
                return choice
        return self.fail(
            "invalid_choice", input=data, allowed=", ".join(map(str, self.choices))
        )


class LanguageChoice(Choice):
    """A language by its name here (JAPANESE) or its code (ja)."""

    def to_internal_value(self, data: Any) -> Any:
        if str(data).casefold() in LANGUAGE_ALIASES:
            try:
                return normalize_language(data).value
            except UnknownLanguageError:
                return super().to_internal_value(data)
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    default_error_messages = {"invalid": "Allowed: true, false."}


class QueryParams(serializers.Serializer):
    """The parameters of a route, each with its default.

    An empty value counts as absent. A name that the route does not know, or that is
    given twice, is refused like a bad value.
    """

    @classmethod
    def parse(cls, query: QueryDict) -> dict[str, Any]:
        """The checked values. Raises ValidationError, which names what is allowed."""
        given = {name: query[name] for name in query if query[name] != ""}
        params = cls(data=given)
        complaints = params.complaints_about_names(query)
        if complaints:
            raise ValidationError(complaints)
        params.is_valid(raise_exception=True)
        return params.validated_data

    def complaints_about_names(self, query: QueryDict) -> dict[str, list[str]]:
        allowed = ", ".join(self.fields) or "none"
        unknown = {
            name: [f"Unknown parameter; allowed: {allowed}."]
            for name in query
            if name not in self.fields
        }
        repeated = {
            name: ["Given more than once."]
            for name, values in query.lists()
            if len(values) > 1
        }
        return unknown | repeated
