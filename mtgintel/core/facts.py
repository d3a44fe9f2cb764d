"""What apps add to answers of the apps below them, which know nothing of them.

    facts.register("card", "signals", find=of_card, serializer=SignalSerializer)

An app registers in its AppConfig's ready(). The answer says what it is about, and has
what `find` found, as the serializer writes it, under the name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rest_framework.serializers import BaseSerializer

# Takes what the answer is about by keyword.
#   card: card (a Card)
Find = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class _Fact:
    find: Find
    serializer: type[BaseSerializer[Any]]
    many: bool


_registered: dict[tuple[str, str], _Fact] = {}


def register(
    answer: str,
    name: str,
    *,
    find: Find,
    serializer: type[BaseSerializer[Any]],
    many: bool = False,
) -> None:
    """`many`: `find` gives a list."""
    _registered[answer, name] = _Fact(find, serializer, many)


def facts_of(answer: str, **about: Any) -> dict[str, Any]:
    """What others have to say in an answer, by name; None where they have nothing."""
    return {
        name: _written(fact, fact.find(**about))
        for (where, name), fact in _registered.items()
        if where == answer
    }


def fields_of(answer: str) -> dict[str, BaseSerializer[Any]]:
    """The same as fields of a serializer, for the schema."""
    return {
        name: fact.serializer(many=fact.many, allow_null=not fact.many)
        for (where, name), fact in _registered.items()
        if where == answer
    }


def _written(fact: _Fact, found: Any) -> Any:
    return None if found is None else fact.serializer(found, many=fact.many).data
