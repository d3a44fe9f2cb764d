"""What the OpenAPI document says about our views."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.openapi import AutoSchema

from .errors import ErrorSerializer


class ReadSchema(AutoSchema):
    """Describes a PublicRead by its docstring, `params` and `answer_serializer`."""

    view: Any

    def get_operation_id(self) -> str:
        name = type(self.view).__name__.removesuffix("View")
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()

    def get_summary(self) -> str:
        return self.get_description().partition("\n")[0]

    def get_tags(self) -> list[str]:
        return [self.view.tag]

    def get_override_parameters(self) -> list[Any]:
        return [self.view.params] if self.view.params().fields else []

    def get_response_serializers(self) -> Any:
        errors = {400: ErrorSerializer, 429: ErrorSerializer}
        # There is no such card, set, …, or no such page of a list.
        if "{" in self.path or "page" in self.view.params().fields:
            errors[404] = ErrorSerializer
        return {200: self.view.answer_serializer, **errors}


def without_slash_twins(endpoints: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Every route answers with a slash at its end too; one description is enough."""
    return [endpoint for endpoint in endpoints if not endpoint[0].endswith("/")]
