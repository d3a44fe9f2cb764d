"""How figures are written on pages."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from mtgintel.core.templatetags import figures


@pytest.mark.parametrize(
    ("amount", "currency", "label"),
    [
        ("1234.5", "USD", "$1,234.50"),
        ("0.05", "EUR", "€0.05"),
        ("0.035", "TIX", "0.035 tix"),
        ("12.345", "TIX", "12.345 tix"),
        # A mean has a thousandth; from a dollar up it is shown in cents.
        ("52.424", "USD", "$52.42"),
        ("0.425", "USD", "$0.425"),
        ("0.995", "USD", "$0.995"),
        ("-3", "USD", "−$3.00"),
        ("1099.1254", "", "1,099.13"),
    ],
)
def test_money_label(amount, currency, label):
    assert figures.money_label(Decimal(amount), currency) == label


def test_money_is_exact_in_its_value():
    html = figures.money(Decimal("1052.424"), "USD", "price", "tcgplayer")
    assert html == (
        '<data class="money" value="1052.424" data-k="price:tcgplayer">$1,052.42</data>'
    )


def test_missing_price_is_a_dash_and_never_zero():
    assert figures.money(None, "USD") == '<span class="money">–</span>'


@pytest.mark.parametrize(
    ("percent", "label", "direction"),
    [
        ("4.25", "+4.3%", "up"),
        ("-3.84", "−3.8%", "down"),
        ("0", "0.0%", "flat"),
        ("-0.04", "0.0%", "flat"),
        ("0.05", "+0.1%", "up"),
        ("1234.56", "+1,235%", "up"),
    ],
)
def test_change(percent, label, direction):
    assert figures.change(Decimal(percent)) == (
        f'<span class="change change--{direction}">{label}</span>'
    )


def test_change_without_comparison():
    assert figures.change(None, "change_7d", "x") == (
        '<span class="change change--none" data-k="change_7d:x">–</span>'
    )


@pytest.mark.parametrize(
    ("minutes", "label"),
    [
        (0.9, "just now"),
        (1, "1 min ago"),
        (89, "89 min ago"),
        (90, "1 h ago"),
        (47 * 60 + 59, "47 h ago"),
        (48 * 60, "2 d ago"),
    ],
)
def test_age_label(minutes, label):
    assert figures.age_label(timedelta(minutes=minutes)) == label


@time_machine.travel(datetime(2026, 3, 10, 12, tzinfo=UTC), tick=False)
def test_age_carries_the_moment():
    html = figures.age(datetime(2026, 3, 10, 6, 10, 30, tzinfo=UTC), "as_of")
    assert html == (
        '<time class="age" datetime="2026-03-10T06:10:30Z" '
        'title="10 Mar 2026 06:10 UTC" data-age data-k="as_of">5 h ago</time>'
    )


def test_what_is_shown_is_escaped():
    assert "<b>" not in figures.money(Decimal(1), "USD", "price", "<b>")
