"""Exchange rates: the bank's files, what is wrong with them, what a rate is when."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.core.management import CommandError, call_command

from apps.prices import tasks
from apps.prices.ingest import ecb
from apps.prices.ingest.ecb import Rate
from apps.prices.models import ExchangeRate, IngestRun, QuarantinedPrice
from apps.prices.selectors import exchange_rate, feed_statuses
from apps.prices.services import ingest_rates, record_rates
from mtgintel.core.feeds import CorruptFeedError, RefusedFeedError, Rejects

NOW = datetime(2026, 3, 10, 18, tzinfo=UTC)
ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
 <gesmes:subject>Reference rates</gesmes:subject>
 <Cube>{}</Cube>
</gesmes:Envelope>
"""


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def cube(day: str, **rates: str) -> str:
    inner = "".join(f"<Cube currency='{c}' rate='{r}'/>" for c, r in rates.items())
    return f"<Cube time='{day}'>{inner}</Cube>"


def document(*cubes: str) -> bytes:
    return ENVELOPE.format("".join(cubes)).encode()


def read(*texts: bytes) -> tuple[list[Rate], dict[str, int]]:
    rejects = Rejects()
    return ecb.read_rates(texts, rejects), dict(rejects.counts)


def usd(day: str, rate: str) -> Rate:
    return Rate("USD", date.fromisoformat(day), Decimal(rate))


TODAY = document(cube("2026-03-10", USD="1.0837", GBP="0.8421"))
DAILY_CSV = b"Date, USD, JPY, \r\n10 March 2026, 1.0837, 160.21, \r\n"
HISTORY_CSV = (
    b"Date,USD,CYP,\n2026-03-10,1.0837,N/A,\n2026-03-09,1.0851,N/A,\n1999-01-04,1.1789,"
    b"0.58231,\n"
)


class TestReading:
    def test_xml_by_currency_and_day(self):
        older = cube("2026-03-09", USD="1.0851")
        today = cube("2026-03-10", USD="1.0837", GBP="0.8421")
        assert read(document(today, older)) == (
            [
                Rate("GBP", date(2026, 3, 10), Decimal("0.8421")),
                usd("2026-03-09", "1.0851"),
                usd("2026-03-10", "1.0837"),
            ],
            {},
        )

    def test_csv_of_a_day(self):
        rates, rejected = read(DAILY_CSV)
        assert rates == [
            Rate("JPY", date(2026, 3, 10), Decimal("160.21")),
            usd("2026-03-10", "1.0837"),
        ]
        assert rejected == {}

    def test_csv_of_all_days_leaves_out_what_is_not_quoted(self):
        rates, rejected = read(HISTORY_CSV)
        assert rates == [
            Rate("CYP", date(1999, 1, 4), Decimal("0.58231")),
            usd("1999-01-04", "1.1789"),
            usd("2026-03-09", "1.0851"),
            usd("2026-03-10", "1.0837"),
        ]
        assert rejected == {}

    @pytest.mark.parametrize(
        ("day", "currency", "rate", "reason"),
        [
            ("2026-03-10", "USD", "0", "no rate"),
            ("2026-03-10", "USD", "-1.08", "no rate"),
            ("2026-03-10", "USD", "NaN", "no rate"),
            ("2026-03-10", "USD", "1e999", "no rate"),
            ("2026-03-10", "USD", "1,08", "no rate"),
            ("2026-03-10", "USD", "\u0661.\u0660\u0668", "no rate"),
            ("2026-03-10", "usd", "1.08", "unknown currency"),
            ("2026-03-10", "US$", "1.08", "unknown currency"),
            ("2026-03-13", "USD", "1.08", "no day that can be"),
            ("1998-12-31", "USD", "1.08", "no day that can be"),
            ("yesterday", "USD", "1.08", "no day that can be"),
        ],
    )
    def test_a_bad_row_is_counted_and_skipped(self, day, currency, rate, reason):
        bad = f"<Cube time='{day}'><Cube currency='{currency}' rate='{rate}'/></Cube>"
        rates, rejected = read(document(bad, cube("2026-03-09", USD="1.0851")))
        assert rates == [usd("2026-03-09", "1.0851")]
        assert rejected == {reason: 1}

    def test_of_two_rates_of_a_day_neither_counts(self):
        twice = document(cube("2026-03-10", USD="1.08"), cube("2026-03-10", USD="1.09"))
        assert read(twice) == ([], {"two rates of one day": 1})
        assert read(TODAY, TODAY)[1] == {}

    @pytest.mark.parametrize(
        "text",
        [
            TODAY[:-20],
            b"<html><body>503</body></html",
            b"",
            b"\x00\xff\xfe",
            b'{"usd": 1.08}',
            DAILY_CSV[:-12],
            b"Day, USD\n2026-03-10, 1.08\n",
        ],
    )
    def test_what_is_cut_off_or_something_else_is_refused_whole(self, text):
        with pytest.raises(CorruptFeedError, match="Nothing of it was stored"):
            read(text)

    def test_entities_do_not_grow(self):
        bomb = (
            b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;'>]>"
            b"<x>&b;</x>"
        )
        with pytest.raises(CorruptFeedError, match="declares a document type"):
            read(bomb)

    def test_a_cube_of_another_vocabulary_is_none(self):
        text = TODAY.replace(b"ecb.int/vocabulary", b"example.org/vocabulary")
        assert read(text) == ([], {})

    def test_leaps_are_left_out_from_one_day_to_the_next(self):
        rejects = Rejects()
        rates = [
            usd("2026-03-06", "1.10"),
            usd("2026-03-09", "110"),
            usd("2026-03-10", "1.12"),
        ]
        before = {"USD": usd("2026-03-05", "1.09")}
        assert ecb.without_leaps(rates, before, rejects) == [rates[0], rates[2]]
        assert dict(rejects.counts) == {"implausible rate": 1}

    def test_after_a_month_nothing_is_known_to_leap_from(self):
        rates = [usd("2026-03-10", "2.5")]
        before = {"USD": usd("2026-02-07", "1.09")}
        assert ecb.without_leaps(rates, before, Rejects()) == rates


@pytest.mark.storage
@pytest.mark.django_db
class TestStoring:
    def test_a_file_and_the_same_again(self, write):
        path = write(TODAY, "rates.xml")
        first, again = ingest_rates(path=path), ingest_rates(path=path)
        assert (first.rows_written, first.rows_unchanged) == (2, 0)
        assert (again.rows_written, again.rows_unchanged) == (0, 2)
        assert first.as_of == datetime(2026, 3, 10, tzinfo=UTC)
        assert list(
            ExchangeRate.objects.order_by("currency").values_list(
                "currency", "day", "rate", "source"
            )
        ) == [
            ("GBP", date(2026, 3, 10), Decimal("0.8421"), "ecb"),
            ("USD", date(2026, 3, 10), Decimal("1.0837"), "ecb"),
        ]

    def test_a_corrected_rate_takes_the_place_of_the_first(self, write):
        ingest_rates(path=write(TODAY, "first.xml"))
        corrected = document(cube("2026-03-10", USD="1.0873"))
        run = ingest_rates(path=write(corrected, "corrected.xml"))
        assert run.rows_written == 1
        assert ExchangeRate.objects.get(currency="USD").rate == Decimal("1.0873")

    def test_an_older_file_leaves_the_newer_rate(self, write):
        ingest_rates(path=write(TODAY, "today.xml"))
        older = document(cube("2026-03-06", USD="1.09"))
        ingest_rates(path=write(older, "older.xml"))
        assert exchange_rate("EUR", "USD").rate == Decimal("1.0837")

    def test_zip_and_gzip(self, write, tmp_path):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("eurofxref.csv", DAILY_CSV)
        assert ingest_rates(path=write(content.getvalue(), "eurofxref.zip"))
        assert ExchangeRate.objects.count() == 2
        assert ingest_rates(path=write(TODAY, "rates.xml.gz")).rows_written == 1

    def test_a_leap_is_rejected_unless_forced(self, write):
        ingest_rates(path=write(document(cube("2026-03-09", USD="1.08")), "a.xml"))
        leap = write(document(cube("2026-03-10", USD="108", GBP="0.84")), "b.xml")
        run = ingest_rates(path=leap)
        assert (run.rows_written, run.rejects) == (1, {"implausible rate": 1})
        assert QuarantinedPrice.objects.get().position == "USD 2026-03-10"
        assert exchange_rate("EUR", "USD").rate == Decimal("1.08")
        assert ingest_rates(path=leap, force=True).rows_written == 1

    @pytest.mark.parametrize("text", [TODAY[:-30], b"no list"])
    def test_a_bad_file_changes_nothing(self, write, text):
        ingest_rates(path=write(TODAY, "good.xml"))
        with pytest.raises(CorruptFeedError):
            ingest_rates(path=write(text, "bad.xml"))
        assert ExchangeRate.objects.count() == 2
        assert IngestRun.objects.latest("id").status == "FAILED"

    def test_a_file_without_rates_is_refused(self, write):
        with pytest.raises(RefusedFeedError, match="no usable exchange rates"):
            ingest_rates(path=write(document(), "empty.xml"))
        assert IngestRun.objects.get().status == "REFUSED"


@pytest.mark.storage
@pytest.mark.django_db
class TestRates:
    @pytest.fixture(autouse=True)
    def _rates(self):
        rates = [
            usd("2026-03-06", "1.25"),
            usd("2026-03-10", "1.20"),
            Rate("GBP", date(2026, 3, 6), Decimal("0.80")),
        ]
        assert record_rates(rates=rates, source="ecb") == 3

    def test_both_ways_with_its_day(self):
        there = exchange_rate("EUR", "USD")
        assert (there.rate, there.day, there.source) == (
            Decimal("1.2"),
            date(2026, 3, 10),
            "ecb",
        )
        back = exchange_rate("USD", "EUR")
        assert back.converted(Decimal(12)).quantize(Decimal("0.001")) == Decimal(10)

    def test_two_others_by_the_newest_day_that_has_both(self):
        cross = exchange_rate("GBP", "USD")
        assert (cross.rate, cross.day) == (Decimal("1.5625"), date(2026, 3, 6))

    def test_the_rate_of_a_day_is_that_or_the_one_before(self):
        assert exchange_rate("EUR", "USD", date(2026, 3, 9)).rate == Decimal("1.25")
        assert exchange_rate("EUR", "USD", date(2026, 3, 5)) is None

    def test_after_a_week_it_is_too_old(self):
        assert not exchange_rate("EUR", "USD", date(2026, 3, 17)).is_too_old
        assert exchange_rate("EUR", "USD", date(2026, 3, 18)).is_too_old

    def test_the_same_currency_and_tickets(self):
        assert exchange_rate("USD", "USD").rate == 1
        assert exchange_rate("TIX", "USD") is None
        assert exchange_rate("JPY", "USD") is None

    def test_one_query(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            exchange_rate("GBP", "USD")


@pytest.mark.django_db
class TestCommand:
    def test_from_a_file(self, write, capsys):
        call_command("ingest", "ecb", "--file", str(write(TODAY, "rates.xml")))
        assert "ecb: 2 written, 0 unchanged, 0 rejected of 2" in capsys.readouterr().out

    def test_from_an_address(self, server, monkeypatch):
        server.documents["/daily.xml"] = ("text/xml", TODAY)
        call_command("ingest", "ecb", "--url", f"{server.url}/daily.xml")
        assert ExchangeRate.objects.count() == 2
        monkeypatch.setattr(ecb, "URL", f"{server.url}/daily.xml")
        assert tasks.ingest_ecb() == {"ecb": 0}

    def test_a_web_page_in_its_place(self, server):
        server.documents["/daily.xml"] = ("text/html", b"<html>Maintenance</html>")
        with pytest.raises(CommandError, match="a web page instead of data"):
            call_command("ingest", "ecb", "--url", f"{server.url}/daily.xml")
        assert IngestRun.objects.get().status == "FAILED"

    def test_the_data_page_knows_it_and_no_coverage_is_claimed(self, write):
        ingest_rates(path=write(TODAY, "rates.xml"))
        (found,) = [one for one in feed_statuses() if one.feed.name == "ecb"]
        assert found.last_run.rows_written == 2
        assert found.last_run.coverage is None
        assert found.next_run_at == datetime(2026, 3, 11, 17, 30, tzinfo=UTC)
