"""Preferences: what is saved, who may, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.settings.models import UserPreferences
from apps.settings.selectors import DEFAULTS, preferences_of
from apps.settings.services import save_preferences
from apps.settings.tests.door import make_user
from mtgintel.core.fees import DEFAULT_PROFILES, FeeProfile
from tests.html import Page

pytestmark = pytest.mark.django_db

API = "/api/settings"
PAGE = "/settings/"


@pytest.fixture
def user():
    return make_user()


@pytest.fixture
def other():
    return make_user("other@example.org")


class TestDefaults:
    def test_of_the_anonymous_and_of_who_decided_nothing(self, user):
        assert preferences_of(AnonymousUser()) is DEFAULTS
        assert preferences_of(user) == DEFAULTS
        assert not UserPreferences.objects.exists()

    def test_what_they_are(self):
        assert DEFAULTS.currency == "USD"
        assert DEFAULTS.cost_basis == "FIFO"
        assert DEFAULTS.condition_multipliers == {
            "MINT": Decimal("1.00"),
            "NEAR_MINT": Decimal("1.00"),
            "LIGHTLY_PLAYED": Decimal("0.87"),
            "MODERATELY_PLAYED": Decimal("0.72"),
            "HEAVILY_PLAYED": Decimal("0.55"),
            "DAMAGED": Decimal("0.35"),
        }
        assert DEFAULTS.fees == DEFAULT_PROFILES
        assert DEFAULTS.uses("anything")
        assert not DEFAULTS.hide_amounts

    @pytest.mark.storage
    def test_a_fresh_row_is_the_defaults(self, user):
        assert save_preferences(user=user) == DEFAULTS
        assert preferences_of(user) == DEFAULTS


@pytest.mark.storage
class TestSaving:
    def test_one_at_a_time(self, user):
        save_preferences(user=user, currency="EUR")
        saved = save_preferences(user=user, hide_amounts=True)
        assert saved == replace(DEFAULTS, currency="EUR", hide_amounts=True)
        assert preferences_of(user) == saved

    def test_everything(self, user):
        fees = FeeProfile(sell_percent=Decimal("9.5"), units_per_order=3)
        saved = save_preferences(
            user=user,
            currency="TIX",
            theme="dark",
            marketplaces=["cardkingdom", "tcgplayer"],
            cost_basis="AVERAGE",
            condition_multipliers={"DAMAGED": "0.2", "LIGHTLY_PLAYED": Decimal("0.9")},
            fees={"USD": fees, "EUR": {"sell_percent": "4.25"}},
            signal_min_strength="0.25",
            signal_min_confidence=1,
            hide_amounts=True,
        )
        assert saved.marketplaces == ("cardkingdom", "tcgplayer")
        assert saved.uses("tcgplayer")
        assert not saved.uses("cardmarket")
        assert saved.multiplier("DAMAGED") == Decimal("0.2")
        assert saved.multiplier("HEAVILY_PLAYED") == Decimal("0.55")
        assert saved.fee_profile("USD") == fees
        assert saved.fee_profile("EUR") == replace(
            DEFAULT_PROFILES["EUR"], sell_percent=Decimal("4.25")
        )
        assert saved.fee_profile("TIX") == DEFAULT_PROFILES["TIX"]
        assert (saved.signal_min_strength, saved.signal_min_confidence) == (
            Decimal("0.25"),
            Decimal(1),
        )
        assert preferences_of(user) == saved

    def test_only_what_differs_from_the_default_fees_is_kept(self, user):
        save_preferences(user=user, fees={"EUR": {"sell_percent": 7}})
        assert list(UserPreferences.objects.get().fees) == ["EUR"]
        save_preferences(user=user, fees={"EUR": DEFAULT_PROFILES["EUR"]})
        assert UserPreferences.objects.get().fees == {}

    def test_each_user_has_their_own(self, user, other):
        save_preferences(user=user, currency="EUR")
        assert preferences_of(other) == DEFAULTS

    def test_read_once_then_from_the_cache(self, user):
        save_preferences(user=user, currency="EUR")
        assert preferences_of(user).currency == "EUR"
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert preferences_of(user).currency == "EUR"
        assert len(asked) == 0


WRONG = [
    ("currency", "GBP", "“GBP” is none of USD, EUR, TIX."),
    ("currency", ["USD"], "“['USD']” is none of USD, EUR, TIX."),
    ("theme", "pink", '“pink” is none of "", system, light, dark.'),
    ("cost_basis", "LIFO", "“LIFO” is none of FIFO, AVERAGE, SPECIFIC."),
    ("hide_amounts", "yes", "“yes” is neither true nor false."),
    ("signal_min_strength", "1.01", "1.01 is not between 0 and 1."),
    ("signal_min_strength", "0.123", "0.123 has more than 2 decimals."),
    ("signal_min_confidence", "NaN", "“NaN” is no number."),
    ("signal_min_confidence", None, "“None” is no number."),
    ("signal_min_confidence", True, "“True” is no number."),
    ("marketplaces", "cardkingdom", "A list of marketplaces, please, the preferred "),
    ("marketplaces", ["ebay"], "There is no ebay; there are "),
    ("marketplaces", [{}], "There is no {}; there are "),
    ("marketplaces", ["tcgplayer"] * 2, "Each marketplace may be named once."),
    ("condition_multipliers", [], "A table by condition, please."),
    ("condition_multipliers", {"NM": 1}, "NM is no condition; there are MINT, "),
    ("condition_multipliers", {"MINT": -1}, "MINT: -1 is not between 0 and 2."),
    ("fees", {"GBP": {}}, "GBP is no currency; there are USD, EUR, TIX."),
    ("fees", {"USD": 5}, "A table by fee, please."),
    ("fees", {"USD": {"tip": 1}}, "tip is no fee; there are sell_percent, "),
    (
        "fees",
        {"USD": {"sell_percent": 100}},
        "USD, sell_percent: 100 is not between 0 and 99.99.",
    ),
    (
        "fees",
        {"USD": {"units_per_order": "1E+999999"}},
        "USD, units_per_order: 1E+999999 is not between 1 and 10000.",
    ),
    (
        "fees",
        {"USD": {"units_per_order": "1.5"}},
        "USD, units_per_order: 1.5 has more than 0 decimals.",
    ),
    ("colour", "red", "There is no such preference; there are currency, "),
]


class TestRefused:
    @pytest.mark.parametrize(("field", "value", "message"), WRONG)
    def test_what_is_wrong_is_named_and_nothing_is_saved(
        self, user, field, value, message
    ):
        save_preferences(user=user, currency="EUR")
        with pytest.raises(ValidationError) as refused:
            save_preferences(user=user, **{"hide_amounts": True, field: value})
        assert list(refused.value.message_dict) == [field]
        assert refused.value.message_dict[field][0].startswith(message)
        assert preferences_of(user) == replace(DEFAULTS, currency="EUR")

    def test_everything_wrong_at_once(self, user):
        with pytest.raises(ValidationError) as refused:
            save_preferences(user=user, currency="GBP", theme="pink")
        assert set(refused.value.message_dict) == {"currency", "theme"}


class TestApi:
    @pytest.mark.parametrize("path", [API, f"{API}/"])
    def test_ones_own(self, client, user, other, path):
        save_preferences(user=other, currency="EUR")
        client.force_login(user)
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "no-store"
        shown = answer.json()
        assert shown["currency"] == "USD"
        assert shown["condition_multipliers"]["LIGHTLY_PLAYED"] == "0.87"
        assert shown["fees"]["USD"]["sell_percent"] == "12.75"
        assert shown["fees"]["USD"]["units_per_order"] == 10

    def test_changing_some(self, client, user, other):
        client.force_login(user)
        answer = self.patch(client, {"currency": "EUR", "fees": {"EUR": {}}})
        assert answer.status_code == 200
        assert answer.json()["currency"] == "EUR"
        assert preferences_of(user).currency == "EUR"
        assert preferences_of(other) == DEFAULTS

    def test_what_is_read_can_be_sent_back(self, client, user):
        client.force_login(user)
        save_preferences(user=user, condition_multipliers={"MINT": "1.1"})
        shown = client.get(API).json()
        assert self.patch(client, shown).json() == shown

    def test_a_wrong_value_is_400_and_named(self, client, user):
        client.force_login(user)
        answer = self.patch(client, {"currency": "GBP", "hide_amounts": True})
        assert answer.status_code == 400
        assert answer.json() == {
            "code": "invalid",
            "message": "currency: “GBP” is none of USD, EUR, TIX.",
            "extra": {"currency": ["“GBP” is none of USD, EUR, TIX."]},
        }
        assert preferences_of(user) == DEFAULTS

    def test_nobody_names_another_user(self, client, user, other):
        client.force_login(user)
        answer = self.patch(client, {"user": other.pk, "currency": "EUR"})
        assert answer.status_code == 400
        assert list(answer.json()["extra"]) == ["user"]
        assert preferences_of(other) == DEFAULTS

    @pytest.mark.parametrize("body", ["[]", "5", '"x"', "{"])
    def test_what_is_no_object(self, client, user, body):
        client.force_login(user)
        answer = client.patch(API, body, "application/json")
        assert answer.status_code == 400

    def test_the_anonymous_are_asked_who_they_are(self, client):
        for answer in (client.get(API), self.patch(client, {"currency": "EUR"})):
            assert answer.status_code == 401
            assert answer["WWW-Authenticate"] == "Token"
            assert answer.json()["code"] == "not_authenticated"
        assert not UserPreferences.objects.exists()

    def patch(self, client, changes):
        return client.patch(API, json.dumps(changes), "application/json")


class TestPage:
    def test_each_panel_is_saved_by_itself(self, client, user):
        client.force_login(user)
        sent = {"section": "display", "display-currency": "EUR", "display-theme": ""}
        assert client.post(PAGE, sent)["Location"] == PAGE
        assert preferences_of(user) == replace(DEFAULTS, currency="EUR")
        assert "Display: saved." in Page(client.get(PAGE)).text("main")

    def test_fees_of_one_currency(self, client, user):
        client.force_login(user)
        page = Page(client.get(PAGE))
        sent = {
            field.attributes["name"]: field.attributes.get("value") or ""
            for field in page.all("input")
            if (field.attributes.get("name") or "").startswith("fees-EUR")
        }
        assert sent["fees-EUR-sell_percent"] == "5"
        sent |= {"section": "fees-EUR", "fees-EUR-sell_percent": "6.5"}
        assert client.post(PAGE, sent).status_code == 302
        assert preferences_of(user).fee_profile("EUR") == replace(
            DEFAULT_PROFILES["EUR"], sell_percent=Decimal("6.5")
        )

    def test_marketplaces_by_number(self, client, user):
        client.force_login(user)
        sent = {
            "section": "marketplaces",
            "marketplaces-tcgplayer": "2",
            "marketplaces-cardkingdom": "1",
            "marketplaces-cardmarket": "",
        }
        assert client.post(PAGE, sent).status_code == 302
        assert preferences_of(user).marketplaces == ("cardkingdom", "tcgplayer")
        page = Page(client.get(PAGE))
        shown = page.all("input", name="marketplaces-tcgplayer")[0]
        assert shown.attributes["value"] == "2"

    def test_a_wrong_value_stands_beside_its_field(self, client, user):
        client.force_login(user)
        sent = {
            "section": "portfolio",
            "portfolio-cost_basis": "FIFO",
            "portfolio-signal_min_strength": "7",
            "portfolio-signal_min_confidence": "0",
        }
        page = Page(client.post(PAGE, sent))
        error = page.text("ul", id="id_portfolio-signal_min_strength_error")
        assert error == "7 is not between 0 and 1."
        kept = page.all("input", id="id_portfolio-signal_min_strength")[0]
        assert kept.attributes["value"] == "7"
        assert preferences_of(user) == DEFAULTS

    def test_all_conditions(self, client, user):
        client.force_login(user)
        sent = {
            f"conditions-{condition}": "0.5"
            for condition in DEFAULTS.condition_multipliers
        }
        client.post(PAGE, sent | {"section": "conditions"})
        assert set(preferences_of(user).condition_multipliers.values()) == {
            Decimal("0.5")
        }

    @pytest.mark.parametrize("section", ["", "nothing"])
    def test_a_form_nobody_knows_changes_nothing(self, client, user, section):
        client.force_login(user)
        assert client.post(PAGE, {"section": section}).status_code == 200
        assert not UserPreferences.objects.exists()


class TestAdmin:
    @pytest.fixture
    def form(self, admin_client, user):
        save_preferences(user=user)
        address = f"/admin/preferences/userpreferences/{user.pk}/change/"
        shown = admin_client.get(address).context["adminform"].form
        sent = {
            name: "" if shown.initial.get(name) is None else shown.initial[name]
            for name in shown.fields
        } | {"fees": "{}", "marketplaces": "", "hide_amounts": ""}
        return address, sent

    def test_a_change_is_seen_at_once(self, admin_client, user, form):
        address, sent = form
        assert preferences_of(user).currency == "USD"
        answer = admin_client.post(address, sent | {"currency": "EUR"})
        assert answer.status_code == 302
        assert preferences_of(user) == replace(DEFAULTS, currency="EUR")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("fees", '{"USD": {"sell_percent": 100}}'),
            ("fees", "[]x"),
            ("marketplaces", "ebay"),
            ("mint_multiplier", "3"),
            ("signal_min_strength", "-1"),
        ],
    )
    def test_it_checks_like_everything_else(
        self, admin_client, user, form, field, value
    ):
        address, sent = form
        answer = admin_client.post(address, sent | {field: value})
        assert answer.status_code == 200
        assert list(answer.context["adminform"].form.errors) == [field]
        assert preferences_of(user) == DEFAULTS

    def test_the_list(self, admin_client, user):
        save_preferences(user=user, currency="EUR")
        page = admin_client.get("/admin/preferences/userpreferences/?q=reader")
        assert page.status_code == 200
        assert b"reader" in page.content
