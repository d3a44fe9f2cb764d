from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtgintel.core.money import (
    MAX_THOUSANDTHS,
    PriceField,
    from_thousandths,
    money_text,
    to_thousandths,
)


@pytest.mark.parametrize(
    ("amount", "thousandths"),
    [("19.99", 19990), ("0.005", 5), ("0.0005", 1), ("1234.56", 1_234_560)],
)
def test_amounts_become_whole_thousandths(amount, thousandths):
    assert to_thousandths(Decimal(amount)) == thousandths


@pytest.mark.parametrize(
    ("thousandths", "text"),
    [(19990, "19.99"), (5, "0.005"), (1200, "1.20"), (1000, "1.00"), (0, "0.00")],
)
def test_money_is_written_with_two_decimals_or_three_when_needed(thousandths, text):
    assert str(from_thousandths(thousandths)) == text
    assert money_text(Decimal(thousandths) / 1000) == text


@given(st.integers(0, MAX_THOUSANDTHS))
def test_storage_loses_nothing(thousandths):
    assert to_thousandths(from_thousandths(thousandths)) == thousandths


def test_an_amount_too_large_for_the_column_is_an_error():
    with pytest.raises(OverflowError, match="more than a price column holds"):
        to_thousandths(Decimal("2147483.648"))


def test_price_field_keeps_absent_absent():
    field = PriceField()
    assert field.get_prep_value(None) is None
    assert field.from_db_value(None, None, None) is None
    assert field.get_prep_value("0.35") == 350
    assert field.from_db_value(350, None, None) == Decimal("0.35")


def test_missing_money_has_no_text():
    assert money_text(None) is None


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("-1.5", "-1.50"),
        ("-0.0355", "-0.036"),
        ("123456789012.345", "123456789012.345"),
        ("2147483.65", "2147483.65"),
    ],
)
def test_money_of_any_size_and_sign_is_written(amount, text):
    assert money_text(Decimal(amount)) == text
