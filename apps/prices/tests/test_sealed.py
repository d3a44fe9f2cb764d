"""Sealed products: what they are, and what they cost."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from apps.cards.models import CardIdentifier, SealedProduct
from apps.prices.ingest import cardmarket
from apps.prices.ingest.bundle import Bundle
from apps.prices.ingest.cardmarket import Reader as CardmarketReader
from apps.prices.ingest.sealed import (
    SealedQuote,
    SealedRecord,
    read_cardmarket_list,
    read_set_file,
)
from apps.prices.ingest.tcgcsv import Reader as TcgcsvReader
from apps.prices.models import Marketplace, SealedPrice, SeriesBreak
from apps.prices.selectors.sealed import (
    contents_in_words,
    sealed_histories,
    sealed_listings,
)
from apps.prices.services import VendorFile, fetch_vendor, ingest_vendor
from apps.prices.services.sealed import (
    SealedImport,
    import_sealed_products,
    record_sealed_prices,
)
from mtgintel.core import cache
from mtgintel.core.feeds import CorruptFeedError, FeedFile

from .factories import make_card, make_set
from .vendors import FIXTURES, context

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BOX = UUID("eec88e2a-afd8-5590-8025-242da70a4520")

SET_FILE = {
    "meta": {"date": "2026-03-10"},
    "data": {
        "code": "NEO",
        "cards": [],
        "sealedProduct": [
            {
                "uuid": str(BOX),
                "name": "Neon Dynasty Set Booster Display",
                "category": "booster_box",
                "subtype": "set",
                "releaseDate": "2022-02-18",
                "identifiers": {"tcgplayerProductId": "5005", "mcmId": "7"},
                "contents": {"sealed": [{"count": 30, "name": "Set Booster Pack"}]},
            },
            {
                "uuid": "93fab1fe-dde0-5bfd-aae5-755c6e43bc3d",
                "name": "Neon Dynasty Bundle",
                "identifiers": {"tcgplayerProductId": "x"},
            },
        ],
    },
}
NONSINGLES = {
    "version": 1,
    "createdAt": "2026-03-10T02:40:00+0100",
    "products": [
        {"idProduct": 7, "name": "Neo Display", "idCategory": 2,
         "categoryName": "Magic Display", "idExpansion": 1},
        {"idProduct": 1, "name": "A single", "idCategory": 1,
         "categoryName": "Magic Single", "idExpansion": 1},
        {"idProduct": 9, "name": None, "idCategory": 8},
    ],
}  # fmt: skip


class TestReading:
    def test_a_set_file(self, write):
        box, bundle = read_set_file(FeedFile(write(SET_FILE)))
        assert box == SealedRecord(
            name="Neon Dynasty Set Booster Display",
            category="Booster box set",
            set_code="neo",
            released_on=date(2022, 2, 18),
            mtgjson_uuid=BOX,
            tcgplayer_id=5005,
            cardmarket_id=7,
            contents={"sealed": [{"count": 30, "name": "Set Booster Pack"}]},
        )
        assert (bundle.tcgplayer_id, bundle.contents) == (None, {})

    def test_older_set_files_list_none(self, write):
        path = write({"data": {"code": "DOM", "cards": []}})
        assert read_set_file(FeedFile(path)) == []

    def test_another_file_is_refused(self, write):
        with pytest.raises(CorruptFeedError, match="is no set file of MTGJSON"):
            read_set_file(FeedFile(write({"data": {"uuid": {}}})))

    def test_what_is_no_single_in_cardmarkets_list(self, write):
        assert list(read_cardmarket_list(FeedFile(write(NONSINGLES)))) == [
            SealedRecord(name="Neo Display", category="Display", cardmarket_id=7)
        ]

    def test_prices_in_the_price_guide(self):
        path = FIXTURES / "cardmarket" / "price_guide.json"
        found = context()
        list(CardmarketReader(FeedFile(path).pieces(), found).blocks())
        (quote,) = found.sealed
        assert quote[:2] + quote[3:] == (
            *("cardmarket", 7, 120_500, 100_000, "", None),
        )

    @pytest.mark.parametrize(
        ("folder", "price", "low"),
        [("tcgcsv", 89_990, 80_000), ("tcgcsv_csv", 105_000, 100_000)],
    )
    def test_prices_among_those_of_tcgcsv(self, folder, price, low):
        found = context()
        list(TcgcsvReader(Bundle(FIXTURES / folder), found).blocks())
        assert [
            (one.product, one.price, one.price_low, one.name, one.group)
            for one in found.sealed
        ] == [(5005, price, low, "Booster box", 101)]

    @pytest.mark.shared_data
    def test_real_set_files(self, shared_data):
        folder = shared_data / "mtgjson" / "sets"
        counts = {
            code: len(read_set_file(FeedFile(folder / f"{code}.json.gz")))
            for code in ("AFR", "NEO", "STX", "ELD", "KHM")
        }
        assert counts == {"AFR": 22, "NEO": 22, "STX": 22, "ELD": 26, "KHM": 20}
        # Version 4 had none, and another shape.
        with pytest.raises(CorruptFeedError, match="no set file"):
            read_set_file(FeedFile(folder / "DOM.json.gz"))

    @pytest.mark.shared_data
    def test_the_real_price_guide_prices_thousands(self, shared_data):
        path = shared_data / "cardmarket" / "price_guide_1_2024-11-25.json.gz"
        found = context()
        list(CardmarketReader(FeedFile(path).pieces(), found).blocks())
        assert len(found.sealed) > 3000
        assert len({one.product for one in found.sealed}) == len(found.sealed)


def test_contents_are_told_as_they_are_known():
    assert contents_in_words({}) == []
    assert contents_in_words(
        {
            "sealed": [{"count": 30, "name": "Set Booster Pack", "set": "neo"}],
            "pack": [{"code": "set", "set": "neo"}],
            "card": [{"name": "Hidetsugu", "foil": True}],
            "other": "a box",
            "variable": [{"configs": []}],
        }
    ) == [
        "30 × Set Booster Pack",
        "1 × set",
        "1 × Hidetsugu",
        "and what differs from one to the next",
    ]


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
class TestCatalogue:
    def test_what_is_new_and_what_is_known_better(self, write):
        neo = make_set("neo", "Kamigawa: Neon Dynasty")
        listed = list(read_cardmarket_list(FeedFile(write(NONSINGLES))))
        assert import_sealed_products(records=listed) == SealedImport(1, 0)
        records = read_set_file(FeedFile(write(SET_FILE)))
        assert import_sealed_products(records=records) == SealedImport(1, 1)
        assert import_sealed_products(records=records) == SealedImport(0, 0)
        box = SealedProduct.objects.get(cardmarket_id=7)
        assert (box.name, box.card_set, box.tcgplayer_id, box.mtgjson_uuid) == (
            *("Neon Dynasty Set Booster Display", neo, 5005, BOX),
        )
        # Whoever came first said what kind of thing it is.
        assert box.category == "Display"

    def test_products_of_two_shops_that_are_one_are_joined(self, write):
        tcgplayer, cardmarket = (
            Marketplace.objects.get(slug=slug) for slug in ("tcgplayer", "cardmarket")
        )
        first = SealedProduct.objects.create(name="Box", tcgplayer_id=5005)
        second = SealedProduct.objects.create(name="Display", cardmarket_id=7)
        for product, stream in ((first, tcgplayer), (second, cardmarket)):
            SealedPrice.objects.create(
                product=product, marketplace=stream, day=NOON, as_of=NOON, price=5
            )
        records = read_set_file(FeedFile(write(SET_FILE)))[:1]
        assert import_sealed_products(records=records) == SealedImport(0, 1)
        (product,) = SealedProduct.objects.all()
        assert (product.pk, product.cardmarket_id) == (first.pk, 7)
        assert set(SealedPrice.objects.values_list("product", "marketplace")) == {
            (first.pk, tcgplayer.pk),
            (first.pk, cardmarket.pk),
        }

    def test_the_command(self, write):
        out = StringIO()
        path = write(SET_FILE, "NEO.json")
        listed = write(NONSINGLES, "nonsingles.json")
        call_command("import_sealed", "--set", path, "--cardmarket", listed, stdout=out)
        assert out.getvalue() == "sealed products: 3 read, 2 new, 0 changed.\n"
        with pytest.raises(CommandError, match="at least one file"):
            call_command("import_sealed")
        with pytest.raises(CommandError, match="is no set file"):
            call_command("import_sealed", "--set", write({}, "x.json"))


def quote(product: int, price: str, slug: str = "tcgplayer", **fields) -> SealedQuote:
    stream = Marketplace.objects.get(slug=slug)
    thousandths = int(Decimal(price) * 1000)
    return SealedQuote(slug, product, stream.pk, thousandths, **fields)


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
class TestPrices:
    def test_they_come_with_the_feeds_of_cards(self):
        neo = make_set("neo")
        neo.tcgplayer_group_id = 101
        neo.save()
        card = make_card(finishes=["NONFOIL", "FOIL"])
        for source, number in (("tcgplayer", "5001"), ("cardmarket", "1")):
            CardIdentifier.objects.create(source=source, external_id=number, card=card)
        ingest_vendor(source="tcgcsv", file=VendorFile(FIXTURES / "tcgcsv"))
        box = SealedProduct.objects.get()
        assert (box.name, box.card_set, box.tcgplayer_id) == ("Booster box", neo, 5005)
        SealedProduct.objects.filter(pk=box.pk).update(cardmarket_id=7)
        guide = FIXTURES / "cardmarket" / "price_guide.json"
        ingest_vendor(source="cardmarket", file=VendorFile(guide))
        assert {
            (one.marketplace.slug, one.day, one.price, one.price_low)
            for one in SealedPrice.objects.select_related("marketplace")
        } == {
            ("tcgplayer", date(2026, 6, 30), Decimal("89.99"), Decimal(80)),
            ("cardmarket", date(2024, 6, 30), Decimal("120.5"), Decimal(100)),
        }

    def test_cardmarkets_own_list_names_them(self, server, monkeypatch):
        card = make_card(finishes=["NONFOIL", "FOIL"])
        CardIdentifier.objects.create(source="cardmarket", external_id="1", card=card)
        folder = FIXTURES / "cardmarket"
        for name, text in (
            ("URL", (folder / "price_guide.json").read_bytes()),
            ("PRODUCTS_URL", (folder / "products.json").read_bytes()),
            ("SEALED_URL", json.dumps(NONSINGLES).encode()),
        ):
            server.documents[f"/{name}"] = ("application/json", text)
            monkeypatch.setattr(cardmarket, name, f"{server.url}/{name}")

        fetch_vendor(source="cardmarket")

        price = SealedPrice.objects.get()
        assert (price.product.name, price.price) == ("Neo Display", Decimal("120.5"))

    def test_what_nobody_named_is_left_out(self):
        assert record_sealed_prices(quotes=[quote(5, "9")], as_of=NOON) == 0
        assert not SealedProduct.objects.exists()

    def test_a_newer_file_of_the_day_counts_and_an_older_does_not(self):
        named = {"name": "Box"}
        record_sealed_prices(quotes=[quote(5, "9", **named)], as_of=NOON)
        later = NOON + timedelta(hours=3)
        record_sealed_prices(quotes=[quote(5, "10", **named)], as_of=later)
        assert record_sealed_prices(quotes=[quote(5, "7")], as_of=NOON) == 0
        row = SealedPrice.objects.get()
        assert (row.price, row.as_of) == (Decimal(10), later)

    def test_of_two_rows_of_a_product_the_first_counts(self):
        rows = [quote(5, "9", name="Box"), quote(5, "11", name="Box")]
        assert record_sealed_prices(quotes=rows, as_of=NOON) == 1
        assert SealedPrice.objects.get().price == Decimal(9)

    def test_listings_in_the_preferred_stream_with_changes(self):
        for age, price in ((30, "80"), (7, "90"), (0, "99")):
            quotes = [quote(5, price, name="Box", price_low=50_000)]
            record_sealed_prices(quotes=quotes, as_of=NOON - age * DAY)
        record_sealed_prices(quotes=[quote(6, "4", name="Pack")], as_of=NOON)
        box, pack = sealed_listings("USD")
        assert (box.product.name, box.marketplace, box.price, box.price_low) == (
            *("Box", "tcgplayer", Decimal(99), Decimal(50)),
        )
        assert (box.change_7d, box.change_30d) == (Decimal(10), Decimal("23.75"))
        assert (pack.change_7d, pack.price_low) == (None, None)
        assert sealed_listings("EUR") == []
        assert sealed_listings("USD", make_set("neo").pk) == []

    def test_no_change_across_a_break(self):
        for age, price in ((30, "80"), (7, "90"), (0, "99")):
            quotes = [quote(5, price, name="Box")]
            record_sealed_prices(quotes=quotes, as_of=NOON - age * DAY)
        SeriesBreak.objects.create(
            marketplace=Marketplace.objects.get(slug="tcgplayer"),
            began_on=(NOON - 10 * DAY).date(),
            reason="test",
            before="a",
            after="b",
        )
        cache.bump()
        (box,) = sealed_listings("USD")
        assert (box.change_7d, box.change_30d) == (Decimal(10), None)

    def test_history_in_one_stream(self):
        for age in (2, 0):
            quotes = [quote(5, str(10 - age), name="Box")]
            record_sealed_prices(quotes=quotes, as_of=NOON - age * DAY)
        (product,) = SealedProduct.objects.all()
        found = sealed_histories([product.pk, 0], "USD")
        assert found[product.pk].points == [
            (date(2026, 3, 8), Decimal(8)),
            (date(2026, 3, 10), Decimal(10)),
        ]
        assert found[product.pk].stream.slug == "tcgplayer"
        assert (found[0].stream, found[0].points) == (None, [])
        later = sealed_histories([product.pk], "USD", date(2026, 3, 9))
        assert len(later[product.pk].points) == 1
