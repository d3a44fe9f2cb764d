"""What trading costs, worked by hand."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtgintel.core.constants import Currency
from mtgintel.core.fees import (
    FEE_FIELDS,
    NO_FEES,
    FeeError,
    FeeProfile,
    cost,
    default_profile,
    edited,
    net_proceeds,
    net_return,
    purchase_terms,
    sale_terms,
)

SELLER = FeeProfile(
    sell_percent=Decimal("12.75"),
    sell_fixed=Decimal("0.30"),
    buy_percent=Decimal(5),
    shipping_in=Decimal(4),
    shipping_out=Decimal(2),
    units_per_order=10,
    credit_multiplier=Decimal("1.30"),
    exchange_percent=Decimal(2),
)
AMOUNTS = st.decimals(Decimal("0.01"), Decimal(10_000), places=2)
PERCENTS = st.decimals(Decimal(0), Decimal("99.99"), places=2)


def test_without_fees_a_price_is_what_it_is():
    assert cost(Decimal("9.99"), 3, NO_FEES) == Decimal("29.97")
    assert net_proceeds(Decimal("9.99"), 3, NO_FEES) == Decimal("29.97")
    assert net_return(Decimal(10), Decimal(15), NO_FEES) == Decimal("50.00")


def test_buying_costs_a_percent_and_a_share_of_the_shipping():
    # 10.00 + 5 % = 10.50; a tenth of 4.00 = 0.40.
    assert cost(Decimal(10), 1, SELLER) == Decimal("10.900")
    assert cost(Decimal(10), 4, SELLER) == Decimal("43.600")


def test_selling_leaves_the_price_less_percent_fixed_fee_and_postage():
    # 20.00 - 12.75 % = 17.45; a tenth of (2.00 + 0.30) = 0.23.
    assert net_proceeds(Decimal(20), 1, SELLER) == Decimal("17.220")
    assert net_proceeds(Decimal(20), 3, SELLER) == Decimal("51.660")


def test_a_shop_takes_no_fee_and_pays_more_in_credit():
    # 20.00 × 1.3 = 26.00; a tenth of 2.00 = 0.20.
    assert net_proceeds(Decimal(20), 1, SELLER, to_buylist=True) == Decimal("25.800")


def test_the_net_return_is_of_what_was_paid():
    # 17.22 / 10.90 = 1.57982; 25.80 / 10.90 = 2.36697.
    assert net_return(Decimal(10), Decimal(20), SELLER) == Decimal("57.98")
    assert net_return(Decimal(10), Decimal(20), SELLER, to_buylist=True) == Decimal(
        "136.70"
    )


def test_postage_can_cost_more_than_a_card_brings():
    dear = FeeProfile(shipping_out=Decimal(1))
    assert net_proceeds(Decimal("0.25"), 2, dear) == Decimal("-1.500")
    assert net_return(Decimal("0.25"), Decimal("0.25"), dear) == Decimal("-400.00")


def test_a_total_is_rounded_once():
    thirds = FeeProfile(shipping_in=Decimal(1), units_per_order=3)
    # 3 × (1 + 1/3) = 4, not 3 × 1.333.
    assert cost(Decimal(1), 3, thirds) == Decimal("4.000")


def test_an_exchange_costs_on_either_side():
    # 10.00 × 1.05 × 1.02 = 10.71, and 0.40; 20.00 × 0.8725 × 0.98 = 17.101 less 0.23.
    bought = purchase_terms(SELLER, is_exchanged=True)
    sold = sale_terms(SELLER, is_exchanged=True)
    assert bought.of(Decimal(10)) == Decimal("11.110")
    assert sold.of(Decimal(20)) == Decimal("16.871")


def test_every_currency_has_a_profile():
    assert default_profile(Currency.TIX) == NO_FEES
    # 10.00 × 0.8725 - 0.43, 10.00 × 0.95 - 0.40.
    assert net_proceeds(Decimal(10), 1, default_profile("USD")) == Decimal("8.295")
    assert net_proceeds(Decimal(10), 1, default_profile("EUR")) == Decimal("9.100")
    with pytest.raises(KeyError):
        default_profile("GBP")


def test_some_fees_are_edited_and_the_rest_stay():
    values = {"sell_percent": Decimal(0), "shipping_in": None, "currency": "USD"}
    profile = edited(SELLER, values)
    assert profile.sell_percent == 0
    assert profile.shipping_in == Decimal(4)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("sell_percent", Decimal(100), "100 is not between 0 and 99.99."),
        ("buy_percent", Decimal(-1), "-1 is not between 0 and 99.99."),
        ("shipping_in", Decimal("NaN"), "NaN is no number."),
        ("shipping_out", Decimal("Infinity"), "Infinity is no number."),
        ("sell_fixed", 1.5, "1.5 is no Decimal."),
        ("units_per_order", 0, "0 is not between 1 and 10000."),
        ("units_per_order", True, "True is no int."),
        ("credit_multiplier", Decimal(0), "0 is not between 0.01 and 5."),
    ],
)
def test_a_fee_that_cannot_be_is_refused_by_name(field, value, message):
    with pytest.raises(FeeError) as refused:
        FeeProfile(**{field: value})
    assert refused.value.field == field
    assert str(refused.value) == f"{field}: {message}"


def test_every_fee_says_how_it_is_asked_for():
    assert list(FEE_FIELDS) == list(FeeProfile.__dataclass_fields__)


@given(bought=AMOUNTS, sold=AMOUNTS, percent=PERCENTS, postage=AMOUNTS)
def test_fees_never_make_a_trade_better(bought, sold, percent, postage):
    profile = FeeProfile(
        sell_percent=percent,
        buy_percent=percent,
        shipping_in=min(postage, Decimal(1000)),
        exchange_percent=percent,
    )
    assert cost(bought, 1, profile) >= bought
    assert net_proceeds(sold, 1, profile) <= sold
    assert net_return(bought, sold, profile) <= net_return(bought, sold, NO_FEES)
