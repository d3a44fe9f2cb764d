from datetime import timedelta

import pytest

from mtgintel.core.constants import (
    CONDITION_SCALES,
    LANGUAGE_ALIASES,
    MARKETPLACE_CURRENCIES,
    PERIODS,
    WINDOWS,
    Condition,
    Currency,
    Finish,
    Language,
    UnknownConditionError,
    UnknownLanguageError,
    normalize_condition,
    normalize_language,
)


def test_enum_members_are_those_people_query_by():
    assert Condition.values == [
        "MINT",
        "NEAR_MINT",
        "LIGHTLY_PLAYED",
        "MODERATELY_PLAYED",
        "HEAVILY_PLAYED",
        "DAMAGED",
    ]
    assert Finish.values == ["NONFOIL", "FOIL", "ETCHED"]
    assert Language.values == [
        "ENGLISH",
        "JAPANESE",
        "GERMAN",
        "FRENCH",
        "ITALIAN",
        "SPANISH",
        "PORTUGUESE",
        "KOREAN",
        "RUSSIAN",
        "CHINESE_SIMPLIFIED",
        "CHINESE_TRADITIONAL",
        "PHYREXIAN",
        "OTHER",
    ]


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("NM", "NEAR_MINT"),
        ("near_mint", "NEAR_MINT"),
        ("  Near   Mint ", "NEAR_MINT"),
        ("NM-M", "NEAR_MINT"),
        ("Mint", "MINT"),
        ("M", "MINT"),
        ("LP", "LIGHTLY_PLAYED"),
        ("SP", "LIGHTLY_PLAYED"),
        ("Moderately Played", "MODERATELY_PLAYED"),
        ("hp", "HEAVILY_PLAYED"),
        ("DMG", "DAMAGED"),
        ("Poor", "DAMAGED"),
        ("LIGHTLY_PLAYED", "LIGHTLY_PLAYED"),
        (None, "NEAR_MINT"),
        ("", "NEAR_MINT"),
        ("   ", "NEAR_MINT"),
    ],
)
def test_normalize_condition_on_the_common_scale(text, condition):
    assert normalize_condition(text) == condition


@pytest.mark.parametrize(
    ("vendor", "text", "condition"),
    [
        ("cardmarket", "LP", "HEAVILY_PLAYED"),
        ("tcgplayer", "LP", "LIGHTLY_PLAYED"),
        ("cardmarket", "EX", "LIGHTLY_PLAYED"),
        ("cardmarket", "GD", "MODERATELY_PLAYED"),
        ("cardmarket", "PL", "HEAVILY_PLAYED"),
        ("cardmarket", "PO", "DAMAGED"),
        ("cardmarket", "MT", "MINT"),
        ("cardkingdom", "EX", "LIGHTLY_PLAYED"),
        ("cardkingdom", "VG", "MODERATELY_PLAYED"),
        ("cardkingdom", "G", "HEAVILY_PLAYED"),
        ("cardtrader", "Slightly Played", "LIGHTLY_PLAYED"),
        ("cardtrader", "Played", "HEAVILY_PLAYED"),
        ("cardtrader", "Poor", "DAMAGED"),
        ("deckbox", "Good (Lightly Played)", "LIGHTLY_PLAYED"),
        ("deckbox", "Played", "MODERATELY_PLAYED"),
    ],
)
def test_the_same_word_means_what_its_vendor_means(vendor, text, condition):
    assert normalize_condition(text, vendor) == condition


@pytest.mark.parametrize("text", ["Brainstorm", "N", "NMX", "foil", "7", "excellent"])
def test_unknown_condition_is_rejected_not_defaulted(text):
    with pytest.raises(UnknownConditionError, match="unknown condition"):
        normalize_condition(text)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("en", "ENGLISH"),
        ("English", "ENGLISH"),
        ("JP", "JAPANESE"),
        ("ja", "JAPANESE"),
        ("zhs", "CHINESE_SIMPLIFIED"),
        ("zht", "CHINESE_TRADITIONAL"),
        ("Chinese (simplified)", "CHINESE_SIMPLIFIED"),
        ("Traditional Chinese", "CHINESE_TRADITIONAL"),
        ("pt-BR", "PORTUGUESE"),
        ("ph", "PHYREXIAN"),
        ("la", "OTHER"),
        (None, "ENGLISH"),
        ("", "ENGLISH"),
    ],
)
def test_normalize_language(text, language):
    assert normalize_language(text) == language


@pytest.mark.parametrize("text", ["xx", "px", "Englishish", "e"])
def test_unknown_language_is_rejected_not_defaulted(text):
    with pytest.raises(UnknownLanguageError, match="unknown language"):
        normalize_language(text)


def test_every_alias_leads_to_a_member():
    for scale in CONDITION_SCALES.values():
        assert set(scale.values()) <= set(Condition.values)
    assert set(LANGUAGE_ALIASES.values()) == set(Language.values)


def test_periods_and_windows():
    assert PERIODS == {
        "24h": timedelta(hours=24),
        "7d": timedelta(days=7),
        "30d": timedelta(days=30),
        "90d": timedelta(days=90),
        "1y": timedelta(days=365),
        "all": None,
    }
    assert {name: w.length.days for name, w in WINDOWS.items()} == {
        "1d": 1,
        "7d": 7,
        "30d": 30,
        "90d": 90,
    }


def test_each_marketplace_has_one_currency_and_tickets_are_not_dollars():
    assert MARKETPLACE_CURRENCIES["cardhoarder"] is Currency.TIX
    assert MARKETPLACE_CURRENCIES["cardmarket"] is Currency.EUR
    assert MARKETPLACE_CURRENCIES["cardkingdom-buylist"] is Currency.USD
