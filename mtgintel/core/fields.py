"""Model fields for PostgreSQL types Django has no field for."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models


class EnumField(models.CharField):
    """A column of a PostgreSQL enum type, which a CreateEnum operation makes."""

    def __init__(self, *args: Any, enum_type: str, **kwargs: Any) -> None:
        self.enum_type = enum_type
        kwargs.setdefault("max_length", 63)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "enum_type": self.enum_type}

    def db_type(self, connection: Any) -> str:
        return self.enum_type


class EnumArrayField(ArrayField):
    """An array of EnumField.

    psycopg hands an array of a type it does not know over as text, "{FOIL,ETCHED}".
    """

    def from_db_value(
        self, value: str | None, _expression: Any, _connection: Any
    ) -> list[str] | None:
        if value is None:
            return None
        labels = value.strip("{}")
        return labels.split(",") if labels else []
