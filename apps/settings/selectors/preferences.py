"""What a visitor decided, the defaults for everybody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, QueryDict

from apps.settings.models import MULTIPLIERS, CostBasis, UserPreferences
from mtgintel.core import cache
from mtgintel.core.constants import Currency
from mtgintel.core.fees import DEFAULT_PROFILES, FEE_FIELDS, FeeProfile

CACHE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Preferences:
    """What one visitor decided; the defaults are those of somebody who decided nothing.

    `theme` is "" for "as this device says". `marketplaces` are the slugs to use, the
    preferred one first; empty for all of them in the market's order. A condition's
    multiplier is the share of a near-mint price it is estimated at. The thresholds of
    signals are from 0 to 1.
    """

    currency: str = Currency.USD.value
    theme: str = ""
    marketplaces: tuple[str, ...] = ()
    cost_basis: str = CostBasis.FIFO.value
    condition_multipliers: Mapping[str, Decimal] = field(
        default_factory=lambda: {
            str(condition): share for condition, (_, share) in MULTIPLIERS.items()
        }
    )
    fees: Mapping[str, FeeProfile] = field(
        default_factory=lambda: {
            str(currency): profile for currency, profile in DEFAULT_PROFILES.items()
        }
    )
    signal_min_strength: Decimal = Decimal(0)
    signal_min_confidence: Decimal = Decimal(0)
    hide_amounts: bool = False

    def fee_profile(self, currency: str) -> FeeProfile:
        """What this visitor pays when they trade in `currency`. Raises KeyError."""
        return self.fees[currency]

    def multiplier(self, condition: str) -> Decimal:
        """The share of a near-mint price for `condition`. Raises KeyError."""
        return self.condition_multipliers[condition]

    def uses(self, marketplace: str) -> bool:
        """Whether the figures of this stream (its slug) are wanted."""
        return not self.marketplaces or marketplace in self.marketplaces


DEFAULTS = Preferences()


def preferences_of(user: AbstractBaseUser | AnonymousUser) -> Preferences:
    """Of a user, from the cache; the defaults for somebody not signed in."""
    if not user.is_authenticated:
        return DEFAULTS
    return cache.get_or_compute(
        "row", lambda: _read(user.pk), scope=scope_of(user.pk), timeout=CACHE_SECONDS
    )


def preferences_for(request: HttpRequest) -> Preferences:
    """Of who asks; looked up once per request, and not at all for the anonymous."""
    found: Preferences | None = getattr(request, "_preferences", None)
    if found is None:
        found = preferences_of(request.user)
        request._preferences = found  # type: ignore[attr-defined] # noqa: SLF001
    return found


def asked_of(request: HttpRequest) -> QueryDict:
    """What the address asks, in the visitor's currency where it names none."""
    wanted = preferences_for(request).currency
    if "currency" in request.GET or wanted == DEFAULTS.currency:
        return request.GET
    choices = request.GET.copy()
    choices["currency"] = wanted
    return choices


def scope_of(user_id: int) -> str:
    """The cache's scope of one user's preferences."""
    return f"preferences:{user_id}"


def _read(user_id: int) -> Preferences:
    row = UserPreferences.objects.filter(user_id=user_id).first()
    return DEFAULTS if row is None else as_preferences(row)


def as_preferences(row: UserPreferences) -> Preferences:
    """A row as the rest of the application sees it."""
    return Preferences(
        currency=row.currency,
        theme=row.theme,
        marketplaces=tuple(row.marketplaces),
        cost_basis=row.cost_basis,
        condition_multipliers={
            str(condition): getattr(row, column)
            for condition, (column, _) in MULTIPLIERS.items()
        },
        fees={
            str(currency): _profile(row.fees.get(currency)) or default
            for currency, default in DEFAULT_PROFILES.items()
        },
        signal_min_strength=row.signal_min_strength,
        signal_min_confidence=row.signal_min_confidence,
        hide_amounts=row.hide_amounts,
    )


def _profile(kept: Mapping[str, str] | None) -> FeeProfile | None:
    """A profile from how it is kept; fees added since then are at their default."""
    if kept is None:
        return None
    return FeeProfile(
        **{
            name: Decimal(kept[name]) if asked.decimals else int(kept[name])
            for name, asked in FEE_FIELDS.items()
            if name in kept
        }  # type: ignore[arg-type]
    )
