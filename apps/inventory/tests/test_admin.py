"""Collections in the admin, by staff with permissions and without."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.inventory.models import Change, Disposal, ImportBatch, Lot
from apps.prices.tests.factories import make_card, make_price, make_set
from mtgintel.core import cache

pytestmark = pytest.mark.django_db

LOTS = reverse("admin:inventory_lot_changelist")
ADD_LOT = reverse("admin:inventory_lot_add")
UPLOAD = reverse("admin:inventory_importbatch_add")


@pytest.fixture
def bolt():
    return make_card("Lightning Bolt", set_code="m10", collector_number="146")


@pytest.fixture
def lots(owner, bolt) -> list[Lot]:
    """Two of Ann's, one of Bob's."""
    opt = make_card("Opt", set_code="dom", collector_number="60")
    bob = User.objects.create_user("bob")
    return [
        Lot.objects.create(
            owner=owner,
            card=bolt,
            quantity=4,
            disposed=1,
            for_trade=2,
            unit_cost=Decimal("2.00"),
            cost_currency="USD",
        ),
        Lot.objects.create(
            owner=owner, card=opt, quantity=2, condition="DAMAGED", finish="FOIL"
        ),
        Lot.objects.create(owner=bob, card=bolt, quantity=1, language="GERMAN"),
    ]


def staff(*permissions: str) -> Client:
    user, _ = User.objects.get_or_create(username="kim", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def words(answer) -> str:
    return " ".join(re.sub("<[^>]+>", " ", answer.content.decode()).split())


@pytest.fixture
def keeper() -> Client:
    """May do everything with collections."""
    actions, models = ("view", "add", "change", "delete"), ("lot", "importbatch")
    names = [f"{action}_{model}" for action in actions for model in models]
    others = ("view_disposal", "view_importrow", "view_user", "view_cardset")
    return staff(*names, *others, "view_card")


class TestPermissions:
    @pytest.mark.parametrize("model", ["lot", "disposal", "importbatch", "importrow"])
    def test_without_them_there_is_nothing(self, lots, model):
        client = staff()
        where = reverse(f"admin:inventory_{model}_changelist")

        assert client.get(where).status_code == 403
        assert b"Inventory" not in client.get("/admin/").content

    def test_to_see_is_not_to_write(self, lots, bolt):
        client = staff("view_lot")
        page = reverse("admin:inventory_lot_change", args=[lots[0].pk])

        assert client.get(LOTS).status_code == 200
        assert client.get(page).status_code == 200
        assert client.post(page, {"quantity": 9}).status_code == 403
        assert client.get(ADD_LOT).status_code == 403
        act = {"action": "edit_together", "_selected_action": [lots[0].pk]}
        client.post(LOTS, act | {"apply": "1", "binder": "Mine"})
        client.post(LOTS, act | {"action": "delete_selected", "post": "yes"})
        lots[0].refresh_from_db()
        assert (lots[0].quantity, lots[0].binder) == (4, "")
        assert Lot.objects.count() == 3

    def test_to_upload_is_a_permission(self, lots):
        client = staff("view_lot", "view_importbatch")

        assert client.get(UPLOAD).status_code == 403
        assert client.post(UPLOAD, {"text": "1 Opt"}).status_code == 403
        assert b"Import a file" not in client.get(LOTS).content
        assert not ImportBatch.objects.exists()


class TestList:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("q=lightning", [2, 0]),
            ("q=LIGHTN+ann", [0]),
            ("q=m10+146", [2, 0]),
            ("q=dom+60", [1]),
            ("q=bob", [2]),
            ("q=nothing", []),
            ("finish__exact=FOIL", [1]),
            ("condition__exact=DAMAGED", [1]),
            ("language__exact=GERMAN", [2]),
            ("for_trade=yes", [0]),
            ("for_trade=no", [2, 1]),
            ("left=some", [2, 1, 0]),
            ("left=none", []),
        ],
    )
    def test_search_and_filters(self, keeper, lots, query, found):
        answer = keeper.get(f"{LOTS}?{query}")

        assert [one.pk for one in answer.context["cl"].result_list] == [
            lots[place].pk for place in found
        ]

    def test_by_set_and_owner_without_a_link_for_each(self, keeper, lots, owner):
        for number in range(30):
            make_set(f"s{number}", f"Set {number}")

        answer = keeper.get(LOTS, {"set": lots[1].card.card_set_id})
        assert [one.pk for one in answer.context["cl"].result_list] == [lots[1].pk]
        text = answer.content.decode()
        assert 'data-field-name="card_set"' in text
        assert "Set 7" not in text
        both = {"owner": owner.pk, "set": lots[0].card.card_set_id}
        answer = keeper.get(LOTS, both)
        assert [one.pk for one in answer.context["cl"].result_list] == [lots[0].pk]
        assert f'<input type="hidden" name="owner" value="{owner.pk}">' in (
            answer.content.decode()
        )
        for strange in ("x", "-1", "9" * 30):
            answer = keeper.get(LOTS, {"set": strange})
            assert list(answer.context["cl"].result_list) == []

    def test_who_may_not_see_users_gets_no_list_of_them(self, lots):
        text = staff("view_lot").get(LOTS).content.decode()

        assert 'data-field-name="owner"' not in text
        assert 'data-field-name="card_set"' not in text

    def test_totals_of_what_the_filters_leave(self, keeper, lots, bolt):
        make_price(bolt, "10.00")
        make_price(bolt, "8.00", "cardmarket")

        totals = keeper.get(f"{LOTS}?q=m10+146").context["totals"]

        assert (totals.lots, totals.copies) == (2, 4)
        dollars, euros, _ = totals.currencies
        # The German copy has no price: the one there is names no language.
        assert (dollars.value, dollars.priced) == (Decimal("30.00"), 1)
        assert (dollars.cost, dollars.with_cost) == (Decimal("6.00"), 1)
        assert (euros.value, euros.with_cost) == (Decimal("24.00"), 0)
        assert "USD $30.00 1 $6.00 1 20" in words(keeper.get(f"{LOTS}?q=m10+146"))

    @pytest.mark.parametrize("number", [1, 99])
    def test_statements(
        self, keeper, owner, lots, number, django_assert_max_num_queries
    ):
        cards = [make_card(f"Card {n}", collector_number=str(n)) for n in range(number)]
        Lot.objects.bulk_create(Lot(owner=owner, card=c, quantity=1) for c in cards)
        keeper.get(LOTS)
        cache.bump()

        # Session, user, two for permissions, preferences; how many, the rows; the
        # state of the lots, and five for the totals.
        with django_assert_max_num_queries(13):
            keeper.get(LOTS)
        with django_assert_max_num_queries(8):
            keeper.get(LOTS)


class TestSuggestions:
    def ask(self, client: Client, term: str) -> list[str]:
        where = {"app_label": "inventory", "model_name": "lot", "field_name": "card"}
        answer = client.get("/admin/autocomplete/", where | {"term": term})
        return [one["text"] for one in answer.json()["results"]]

    @pytest.mark.parametrize(
        ("term", "found"),
        [
            ("lightning", ["Lightning Bolt (M10) 146", "Lightning Helix (RAV) 213"]),
            ("bolt light", ["Lightning Bolt (M10) 146"]),
            ("lightning rav", ["Lightning Helix (RAV) 213"]),
            ("m10 146", ["Lightning Bolt (M10) 146"]),
            ("zzz", []),
        ],
    )
    def test_printings(self, keeper, bolt, term, found):
        make_card("Lightning Helix", set_code="rav", collector_number="213")

        assert self.ask(keeper, term) == found

    def test_by_scryfall_id(self, keeper, bolt):
        assert self.ask(keeper, str(bolt.scryfall_id)) == ["Lightning Bolt (M10) 146"]

    def test_only_for_those_who_may_see_cards(self, bolt):
        where = {"app_label": "inventory", "model_name": "lot", "field_name": "card"}
        client = staff("view_lot", "add_lot")

        assert client.get("/admin/autocomplete/", where).status_code == 403

    def test_statements(self, keeper, django_assert_max_num_queries):
        for number in range(25):
            make_card(f"Bolt {number}", set_code=f"s{number}")
        with django_assert_max_num_queries(8):
            assert len(self.ask(keeper, "bolt")) == 20


class TestPage:
    FIELDS = {
        "finish": "NONFOIL",
        "condition": "NEAR_MINT",
        "language": "ENGLISH",
        "quantity": "3",
        "for_trade": "0",
        "unit_cost": "1.50",
        "cost_currency": "EUR",
    }
    INLINE = {
        "disposals-TOTAL_FORMS": "0",
        "disposals-INITIAL_FORMS": "0",
    }

    def save(self, client: Client, lot: Lot, **fields: str):
        where = reverse("admin:inventory_lot_change", args=[lot.pk])
        return client.post(where, self.FIELDS | self.INLINE | fields)

    def test_a_lot_is_added_for_somebody(self, keeper, owner, bolt):
        said = self.FIELDS | {"owner": owner.pk, "card": bolt.pk}

        answer = keeper.post(ADD_LOT, said | self.INLINE)

        assert answer.status_code == 302
        lot = Lot.objects.get()
        assert (lot.owner, lot.card, lot.quantity) == (owner, bolt, 3)
        assert (lot.unit_cost, lot.cost_currency) == (Decimal("1.50"), "EUR")

    def test_a_lot_is_changed_as_its_owner_would(self, keeper, lots):
        other = User.objects.create_user("cid")

        answer = self.save(
            keeper, lots[0], binder="Red", disposed="0", owner=str(other.pk)
        )

        assert answer.status_code == 302
        lot = Lot.objects.get(pk=lots[0].pk)
        assert (lot.binder, lot.quantity) == ("Red", 3)
        # Neither is on the page to be written.
        assert (lot.disposed, lot.owner) == (1, lots[0].owner)
        assert Change.objects.of(lot.owner).get().lots == 1

    @pytest.mark.parametrize(
        ("fields", "complaint"),
        [
            ({"quantity": "0"}, "Between 1 and 1,000,000 copies."),
            ({"cost_currency": ""}, "Say which currency it is"),
            ({"for_trade": "9"}, "Between none and all copies of the lot."),
            ({"finish": "ETCHED"}, "exists as nonfoil or foil only"),
        ],
    )
    def test_what_is_wrong_is_said(self, keeper, lots, fields, complaint):
        answer = self.save(keeper, lots[0], **fields)

        assert answer.status_code == 200
        assert complaint in answer.content.decode()
        assert Lot.objects.get(pk=lots[0].pk).quantity == 4

    def test_what_is_gone_is_read_only(self, keeper, lots):
        Disposal.objects.create(
            lot=lots[0], quantity=1, disposed_on=date(2026, 3, 1), recipient="Dora"
        )
        where = reverse("admin:inventory_lot_change", args=[lots[0].pk])
        text = keeper.get(where).content.decode()

        assert "Dora" in text
        assert 'name="disposed"' not in text
        assert 'name="disposals-0-quantity"' not in text
        listed = keeper.get(reverse("admin:inventory_disposal_changelist"))
        assert b"Lightning Bolt (M10) 146" in listed.content
        add = reverse("admin:inventory_disposal_add")
        assert keeper.get(add).status_code == 403

    def test_deleted_lots_can_be_brought_back(self, keeper, lots):
        keeper.post(
            LOTS,
            {
                "action": "delete_selected",
                "_selected_action": [one.pk for one in lots],
                "post": "yes",
            },
        )

        assert not Lot.objects.exists()
        assert sorted(one.lots for one in Change.objects.all()) == [1, 2]


class TestTogether:
    def act(self, client: Client, lots: list[Lot], **fields: str):
        chosen = {"_selected_action": [one.pk for one in lots]}
        return client.post(LOTS, {"action": "edit_together", **chosen, **fields})

    def test_it_asks_first(self, keeper, lots):
        answer = self.act(keeper, lots[:2])

        text = answer.content.decode()
        assert "3 lots" not in text
        assert "Change them" in text
        assert text.count('name="_selected_action"') == 2
        assert not Change.objects.exists()

    def test_of_several_owners(self, keeper, lots):
        answer = self.act(
            keeper,
            lots,
            apply="1",
            condition="LIGHTLY_PLAYED",
            binder="Red",
            for_trade="all",
            add_tags="a,b",
        )

        assert answer.status_code == 302
        assert set(Lot.objects.values_list("condition", "binder")) == {
            ("LIGHTLY_PLAYED", "Red")
        }
        assert [one.for_trade for one in Lot.objects.order_by("id")] == [3, 2, 1]
        assert Lot.objects.filter(tags=["a", "b"]).count() == 3
        assert sorted(one.lots for one in Change.objects.all()) == [1, 2]

    def test_what_a_card_cannot_be_stays(self, keeper, lots):
        answer = self.act(keeper, lots, apply="1", finish="ETCHED")

        assert answer.status_code == 302
        assert not Lot.objects.filter(finish="ETCHED").exists()
        text = keeper.get(LOTS).content.decode()
        assert "0 lots changed. 3 stay" in text

    def test_nothing_said_is_said(self, keeper, lots):
        answer = self.act(keeper, lots, apply="1")

        assert answer.status_code == 400
        assert "Say what is to become of these lots." in answer.content.decode()

    def test_of_all_that_the_filters_leave(self, keeper, lots):
        where = f"{LOTS}?q=lightning"
        keeper.post(
            where,
            {
                "action": "edit_together",
                "_selected_action": [lots[0].pk],
                "select_across": "1",
                "apply": "1",
                "binder": "Red",
            },
        )

        assert [one.binder for one in Lot.objects.order_by("id")] == ["Red", "", "Red"]


class TestExport:
    def export(self, client: Client, lots: list[Lot], slug: str):
        chosen = [one.pk for one in lots]
        return client.post(
            LOTS,
            {"action": "export", "format": slug, "_selected_action": chosen},
        )

    def test_in_any_format(self, lots):
        client = staff("view_lot")

        assert self.export(client, lots, "text").getvalue().decode() == (
            "3 Lightning Bolt (M10) 146\n"
            "2 Opt (DOM) 60 *F*\n"
            "1 Lightning Bolt (M10) 146\n"
        )
        answer = self.export(client, lots[:1], "moxfield")
        lines = answer.getvalue().decode().splitlines()
        assert len(lines) == 2
        assert "Lightning Bolt" in lines[1]
        assert (
            answer["Content-Disposition"] == 'attachment; filename="lots-moxfield.csv"'
        )

    def test_an_unknown_format_is_none(self, lots):
        assert self.export(staff("view_lot"), lots, "excel").status_code == 302


class TestImport:
    def upload(self, client: Client, owner: User, text: str) -> ImportBatch:
        file = SimpleUploadedFile("ann.csv", text.encode())
        answer = client.post(UPLOAD, {"owner": owner.pk, "file": file})
        assert answer.status_code == 302, answer.content.decode()
        batch = ImportBatch.objects.get()
        page = reverse("admin:inventory_importbatch_change", args=[batch.pk])
        assert answer["Location"] == page
        return batch

    def act(self, client: Client, batch: ImportBatch, action: str):
        where = reverse("admin:inventory_importbatch_act", args=[batch.pk, action])
        return client.post(where)

    FILE = (
        "Count,Name,Edition,Collector Number\n3,Lightning Bolt,m10,146\n1,Nope,m10,9\n"
    )

    def test_for_an_owner_with_a_preview(self, keeper, owner, bolt):
        batch = self.upload(keeper, owner, self.FILE)

        assert (batch.owner, batch.status) == (owner, "PREVIEW")
        page = reverse("admin:inventory_importbatch_change", args=[batch.pk])
        text = words(keeper.get(page))
        assert "New to the collection: 3 of 1 kind" in text
        assert "no card is called “Nope”" in text
        assert not Lot.objects.exists()

        self.act(keeper, batch, "commit")
        assert Lot.objects.of(owner).get().quantity == 3
        self.act(keeper, batch, "undo")
        assert not Lot.objects.exists()

    def test_cancelled(self, keeper, owner, bolt):
        batch = self.upload(keeper, owner, self.FILE)

        self.act(keeper, batch, "cancel")

        batch.refresh_from_db()
        assert batch.status == "CANCELLED"

    def test_only_with_the_permission_to_change(self, keeper, owner, bolt):
        batch = self.upload(keeper, owner, self.FILE)
        client = staff("view_importbatch", "view_lot")

        assert self.act(client, batch, "commit").status_code == 403
        page = reverse("admin:inventory_importbatch_change", args=[batch.pk])
        assert b"formaction" not in client.get(page).content
        batch.refresh_from_db()
        assert batch.status == "PREVIEW"

    def test_a_file_that_is_none(self, keeper, owner):
        file = SimpleUploadedFile("ann.csv", b"PK\x03\x04" + bytes(100))

        answer = keeper.post(UPLOAD, {"owner": owner.pk, "file": file})

        assert answer.status_code == 400
        assert "ZIP archive" in answer.content.decode()
        assert not ImportBatch.objects.exists()

    def test_somebody_must_own_it(self, keeper):
        answer = keeper.post(UPLOAD, {"text": "1 Opt"})

        assert answer.status_code == 400
        assert not ImportBatch.objects.exists()

    def test_rows_and_what_was_left_out_are_read_only(self, keeper, owner, bolt):
        batch = self.upload(keeper, owner, self.FILE)
        rows = reverse("admin:inventory_importrow_changelist")
        text = keeper.get(rows, {"batch__id__exact": batch.pk}).content.decode()

        assert "Nope, m10, 9" in text
        row = batch.import_rows.first()
        page = reverse("admin:inventory_importrow_change", args=[row.pk])
        assert keeper.get(page).status_code == 200
        assert keeper.post(page, {"outcome": "SKIPPED"}).status_code == 403
        left = reverse("admin:inventory_importbatch_left_out", args=[batch.pk])
        assert b"Nope" in keeper.get(left).getvalue()
        assert staff().get(left).status_code == 403

    @pytest.mark.parametrize("number", [1, 30])
    def test_statements(
        self, keeper, owner, bolt, number, django_assert_max_num_queries
    ):
        rows = "".join(f"{n + 1},Lightning Bolt,m10,146\n" for n in range(number))
        batch = self.upload(keeper, owner, f"{self.FILE}{rows}")
        page = reverse("admin:inventory_importbatch_change", args=[batch.pk])
        keeper.get(page)

        with django_assert_max_num_queries(12):
            keeper.get(page)
        with django_assert_max_num_queries(9):
            keeper.get(reverse("admin:inventory_importrow_changelist"))
