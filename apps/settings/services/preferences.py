"""Preferences are checked field by field, then saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction

from apps.settings.models import (
    LARGEST_MULTIPLIER,
    MULTIPLIERS,
    CostBasis,
    UserPreferences,
)
from apps.settings.selectors import DEFAULTS, Preferences
from apps.settings.selectors.preferences import as_preferences, scope_of
from mtgintel.core import cache
from mtgintel.core.constants import Currency
from mtgintel.core.fees import FEE_FIELDS, FeeProfile, default_profile, edited
from mtgintel.core.marketplaces import streams
from mtgintel.core.theme import Theme


@transaction.atomic
def save_preferences(*, user: AbstractBaseUser, **changes: Any) -> Preferences:
    """Save those preferences that are named, and give all of them.

    `condition_multipliers` and `fees` (currency -> FeeProfile, or a mapping of some of
    its fields) change what they name; the rest of them stays. Raises ValidationError
    with what is wrong by field: nothing is saved then.
    """
    row, _ = UserPreferences.objects.select_for_update().get_or_create(user_id=user.pk)
    for name, value in checked(as_preferences(row), changes).items():
        setattr(row, name, value)
    row.save()
    # Now for what else this transaction reads, afterwards for everybody.
    cache.bump(scope_of(user.pk))
    transaction.on_commit(lambda: cache.bump(scope_of(user.pk)))
    return as_preferences(row)


def checked(now: Preferences, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of UserPreferences and their values after `changes` to `now`.

    Raises ValidationError naming each field that is wrong.
    """
    columns: dict[str, Any] = {}
    wrong: dict[str, list[str]] = {}
    for name, value in changes.items():
        try:
            columns |= _check(now, name, value)
        except ValidationError as error:
            wrong[name] = error.messages
    if wrong:
        raise ValidationError(wrong)
    return columns


def _check(now: Preferences, name: str, value: Any) -> dict[str, Any]:
    """The columns that one preference becomes."""
    if name == "condition_multipliers":
        return _multipliers(value)
    if name == "fees":
        return {"fees": _fees(now.fees, value)}
    check = _CHECKS.get(name)
    if check is None:
        known = ", ".join([*_CHECKS, "condition_multipliers", "fees"])
        raise ValidationError(f"There is no such preference; there are {known}.")
    return {name: check(value)}


def _one_of(allowed: list[str]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in allowed:
            named = ", ".join(each or '""' for each in allowed)
            raise ValidationError(f"“{value}” is none of {named}.")
        return str(value)

    return check


def _is_true(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValidationError(f"“{value}” is neither true nor false.")
    return value


def _number(largest: Decimal, decimals: int) -> Callable[[Any], Decimal]:
    """A check for a number from 0 to `largest`; more decimals are refused."""

    def check(value: Any) -> Decimal:
        return _bounded(value, Decimal(0), largest, decimals)

    return check


def _bounded(value: Any, smallest: Decimal, largest: Decimal, decimals: int) -> Decimal:
    """A Decimal, an int, a float as it is written, or text, within its bounds."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValidationError(f"“{value}” is no number.") from None
    if isinstance(value, bool) or not number.is_finite():
        raise ValidationError(f"“{value}” is no number.")
    if not smallest <= number <= largest:
        raise ValidationError(f"{value} is not between {smallest} and {largest}.")
    rounded = round(number, decimals)
    if rounded != number:
        raise ValidationError(f"{value} has more than {decimals} decimals.")
    return rounded


def _slugs(value: Any) -> list[str]:
    """Streams that exist, each once, in the order given."""
    if not isinstance(value, list | tuple):
        raise ValidationError(
            "A list of marketplaces, please, the preferred one first."
        )
    known = [stream.slug for stream in streams()]
    unknown = [str(slug) for slug in value if slug not in known]
    if unknown:
        raise ValidationError(
            f"There is no {', '.join(unknown)}; there are {', '.join(known)}."
        )
    if len(set(value)) != len(value):
        raise ValidationError("Each marketplace may be named once.")
    return list(value)


def _multipliers(value: Any) -> dict[str, Decimal]:
    """{column: share} of those conditions that are named."""
    _require_names(value, [str(condition) for condition in MULTIPLIERS], "condition")
    check = _number(Decimal(LARGEST_MULTIPLIER), 3)
    columns, wrong = {}, []
    for condition, share in value.items():
        try:
            columns[MULTIPLIERS[condition][0]] = check(share)
        except ValidationError as error:
            wrong.append(f"{condition}: {error.message}")
    if wrong:
        raise ValidationError(wrong)
    return columns


def _fees(now: Mapping[str, FeeProfile], value: Any) -> dict[str, dict[str, str]]:
    """How the profiles of all currencies are kept once `value` has changed some."""
    _require_names(value, list(DEFAULTS.fees), "currency")
    profiles = dict(now)
    for currency, given in value.items():
        profiles[currency] = _profile(currency, profiles[currency], given)
    return {
        currency: {name: str(getattr(profile, name)) for name in FEE_FIELDS}
        for currency, profile in profiles.items()
        if profile != default_profile(currency)
    }


def _profile(currency: str, now: FeeProfile, given: Any) -> FeeProfile:
    if isinstance(given, FeeProfile):
        return given
    _require_names(given, list(FEE_FIELDS), "fee")
    try:
        return edited(now, {name: _fee(name, given[name]) for name in given})
    except ValidationError as error:
        raise ValidationError(f"{currency}, {error.message}") from None


def _fee(name: str, value: Any) -> Decimal | int:
    asked = FEE_FIELDS[name]
    try:
        number = _bounded(value, asked.minimum, asked.maximum, asked.decimals)
    except ValidationError as error:
        raise ValidationError(f"{name}: {error.message}") from None
    return number if asked.decimals else int(number)


def _require_names(value: Any, known: list[str], what: str) -> None:
    if not isinstance(value, Mapping):
        raise ValidationError(f"A table by {what}, please.")
    unknown = [str(name) for name in value if name not in known]
    if unknown:
        raise ValidationError(
            f"{', '.join(unknown)} is no {what}; there are {', '.join(known)}."
        )


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "currency": _one_of(list(Currency.values)),
    "theme": _one_of(["", *Theme.values]),
    "marketplaces": _slugs,
    "cost_basis": _one_of(list(CostBasis.values)),
    "signal_min_strength": _number(Decimal(1), 2),
    "signal_min_confidence": _number(Decimal(1), 2),
    "hide_amounts": _is_true,
}
