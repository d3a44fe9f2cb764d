"""How figures are written on a page; static/js/figures.js writes them the same way.

`name` and `of` say what an element shows, `data-k="price:42"`, so that live updates
find it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mtgintel.core.constants import Condition, Currency, Finish, Language
from mtgintel.core.money import money_text

register = template.Library()

NOTHING = "–"
CENT = Decimal("0.01")
TENTH = Decimal("0.1")
SYMBOLS: dict[str, str] = {Currency.USD: "$", Currency.EUR: "€"}
LABELS = {
    **dict(Condition.choices),
    **dict(Finish.choices),
    **dict(Language.choices),
}


def money_label(amount: Decimal, currency: str) -> str:
    """1234.5 USD -> "$1,234.50"; 0.035 TIX -> "0.035 tix"; 2 GBP -> "2.00 GBP".

    Means have a thousandth too many: dollars and euros are shown in cents from 1 up.
    Without a currency it is the level of an index: "99.13".
    """
    if not currency:
        return f"{amount.quantize(CENT, ROUND_HALF_UP):,}"
    symbol, is_tix = SYMBOLS.get(currency), currency == Currency.TIX
    size = abs(amount)
    if size >= 1 and not is_tix:
        size = size.quantize(CENT, ROUND_HALF_UP)
    sign = "−" if amount < 0 else ""
    number = f"{Decimal(money_text(size) or 0):,}"
    unit = "tix" if is_tix else currency
    return f"{sign}{symbol}{number}" if symbol else f"{sign}{number} {unit}"


def change_label(percent: Decimal) -> str:
    """4.25 -> "+4.3%"; a thousand and more without decimals."""
    shown = shown_change(percent)
    text = f"{shown:+,}" if shown else "0.0"
    return f"{text}%".replace("-", "−")


def shown_change(percent: Decimal) -> Decimal:
    """A percentage as precise as it is shown."""
    digits = Decimal(1) if abs(percent) >= 1000 else TENTH
    return percent.quantize(digits, ROUND_HALF_UP)


def direction(percent: Decimal | None) -> str:
    """up, down, flat or none: the direction as it is shown, so 0.04 % is flat."""
    if percent is None:
        return "none"
    shown = shown_change(percent)
    if shown == 0:
        return "flat"
    return "up" if shown > 0 else "down"


def age_label(age: timedelta) -> str:
    """Whole minutes under 90, whole hours under 48, then days: "35 min ago"."""
    minutes = int(age.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 90:
        return f"{minutes} min ago"
    if minutes < 48 * 60:
        return f"{minutes // 60} h ago"
    return f"{minutes // (24 * 60)} d ago"


@register.simple_tag
def money(
    amount: Decimal | None, currency: str, name: str = "", of: str = ""
) -> SafeString:
    """An amount as `<data>`; a dash without one."""
    if amount is None:
        return format_html('<span class="money"{}>{}</span>', _shows(name, of), NOTHING)
    return format_html(
        '<data class="money" value="{}"{}>{}</data>',
        money_text(amount),
        _shows(name, of),
        money_label(amount, currency),
    )


@register.simple_tag
def change(percent: Decimal | None, name: str = "", of: str = "") -> SafeString:
    """A signed percentage with its direction; a dash when there is no comparison."""
    return format_html(
        '<span class="change change--{}"{}>{}</span>',
        direction(percent),
        _shows(name, of),
        NOTHING if percent is None else change_label(percent),
    )


@register.simple_tag
def age(moment: datetime | None, name: str = "", of: str = "") -> SafeString:
    """How long ago, kept current by the page; the moment itself in UTC on demand."""
    if moment is None:
        return format_html('<span class="age"{}>{}</span>', _shows(name, of), NOTHING)
    utc = moment.astimezone(UTC)
    return format_html(
        '<time class="age" datetime="{}" title="{}" data-age{}>{}</time>',
        utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        utc.strftime("%-d %b %Y %H:%M UTC"),
        _shows(name, of),
        age_label(timezone.now() - utc),
    )


@register.simple_tag
def count(number: int | None, name: str = "", of: str = "") -> SafeString:
    """A whole number with thousands separators."""
    if number is None:
        return format_html("<span{}>{}</span>", _shows(name, of), NOTHING)
    return format_html(
        '<data value="{}"{}>{}</data>', number, _shows(name, of), f"{number:,}"
    )


@register.simple_tag
def share(part: Decimal | None) -> SafeString:
    """0.9871 -> "98.7 %", rounded down: what is not whole never shows as 100.0 %."""
    if part is None:
        return format_html("<span>{}</span>", NOTHING)
    percent = (100 * part).quantize(TENTH, ROUND_DOWN)
    return format_html('<data value="{}">{} %</data>', part, percent)


@register.simple_tag
def level(percent: float | None) -> str:
    """The shade of a share of a hundred: none, 0 to 4."""
    if percent is None:
        return "none"
    return str(min(4, int(percent // 25)) if percent >= 1 else 0)


@register.filter
def label(value: str) -> str:
    """What people call a condition, finish or language: NEAR_MINT -> Near Mint."""
    return LABELS.get(value, value)


def _shows(name: str, of: str) -> SafeString:
    if not name:
        return SafeString("")
    return format_html(' data-k="{}"', f"{name}:{of}" if of else name)
