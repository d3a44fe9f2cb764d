"""The demo's prices: the same for everyone, and like those of real feeds."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from apps.prices.demo.chance import normal, seeds, uniform, wander
from apps.prices.demo.market import joined, quotes_at, scheduled, variants
from apps.prices.demo.stories import STORIES, occurrences
from apps.prices.demo.streams import COUNTER, SHELF, STREAMS, cents, nearest, tickets
from apps.prices.demo.ticker import moving_quotes
from mtgintel.core.constants import MARKETPLACE_CURRENCIES, Finish

NOW = datetime(2026, 9, 10, 10, tzinfo=UTC)
DAY = 86_400_000_000
SLUGS = [stream.slug for stream in STREAMS]


def as_dict(quotes):
    """{(stream, variant, time): everything else}."""
    details = zip(
        quotes.price.tolist(),
        quotes.price_low.tolist(),
        quotes.price_mid.tolist(),
        quotes.num_listings.tolist(),
        quotes.total_quantity.tolist(),
        strict=True,
    )
    keys = zip(
        quotes.stream.tolist(),
        quotes.variant.tolist(),
        quotes.time.tolist(),
        strict=True,
    )
    return dict(zip(keys, details, strict=True))


@pytest.fixture(scope="module")
def half_year():
    return scheduled(NOW - timedelta(days=180), NOW, intraday_from=NOW)


def daily(quotes, slug):
    """Daily thousandths of a stream, a row per day; 0 where there is no price."""
    stream = SLUGS.index(slug)
    chosen = quotes.stream == stream
    variant, day = quotes.variant[chosen], quotes.time[chosen] // DAY
    columns, column = np.unique(variant, return_inverse=True)
    table = np.zeros((day.max() - day.min() + 1, len(columns)), np.int64)
    table[day - day.min(), column] = quotes.price[chosen]
    return table


def changes(table, low, high):
    """|log| of the day-on-day changes of prices between two amounts."""
    before, after = table[:-1], table[1:]
    chosen = (before >= low * 1000) & (before < high * 1000) & (after > 0)
    chosen &= before != after
    return np.abs(np.log(after[chosen] / before[chosen]))


# --- Chance -----------------------------------------------------------------------


def test_a_draw_depends_on_its_seed_its_number_and_its_purpose_only():
    names = seeds(["a", "b", "c"])
    draws = uniform(names, np.arange(10), "x")
    assert np.array_equal(draws[4:7, 1:], uniform(names[1:], np.arange(4, 7), "x"))
    assert not np.isclose(draws, uniform(names, np.arange(10), "y")).any()


def test_draws_are_spread_as_they_should_be():
    of, numbers = seeds(map(str, range(100))), np.arange(1000)
    draws = uniform(of, numbers, "x")
    assert draws.min() >= 0
    assert draws.max() < 1
    assert draws.mean() == pytest.approx(0.5, abs=0.005)
    bells = normal(of, numbers, "x")
    assert bells.mean() == pytest.approx(0, abs=0.02)
    assert bells.std() == pytest.approx(1, abs=0.02)


def test_a_wander_moves_one_a_day_and_stays_near_home():
    path = wander(seeds(map(str, range(200))), np.arange(20_000, 21_000), "x")
    assert np.diff(path, axis=0).std() == pytest.approx(1, abs=0.05)
    assert path.std() < 10
    part = wander(seeds(map(str, range(200))), np.arange(20_500, 20_510), "x")
    assert np.array_equal(part, path[500:510])


# --- How a stream writes a price --------------------------------------------------


@pytest.mark.parametrize(
    ("rounded", "amounts", "expected"),
    [
        (cents(1), [0.001, 0.014, 1.236], [10, 10, 1240]),
        (cents(2), [0.001], [20]),
        (
            nearest(SHELF),
            [0.01, 0.4, 0.43, 2.6, 5.3, 17.2],
            [350, 350, 490, 2490, 5490, 16990],
        ),
        (
            nearest(COUNTER),
            [0.001, 0.234, 1.01, 3.1, 27.3],
            [10, 230, 1000, 3000, 27500],
        ),
        (tickets, [0.001, 0.0123, 0.126, 7.777], [5, 12, 130, 7780]),
    ],
)
def test_rounding(rounded, amounts, expected):
    assert rounded(np.array(amounts)).tolist() == expected


# --- The same for everyone --------------------------------------------------------


def test_history_is_the_same_on_another_day(half_year):
    later = as_dict(
        scheduled(
            NOW - timedelta(days=60),
            NOW + timedelta(days=37, hours=5),
            intraday_from=NOW + timedelta(days=36),
        )
    )
    until = int(NOW.timestamp()) * 1_000_000
    since = until - 60 * DAY
    overlap = {k: v for k, v in as_dict(half_year).items() if since < k[2] <= until}
    assert len(overlap) > 100_000
    assert {k: v for k, v in later.items() if k[2] <= until} == overlap


def test_a_moment_shows_the_prices_that_the_schedule_reports(half_year):
    moment = NOW.replace(hour=6)
    now = as_dict(quotes_at(moment))
    at = int(moment.timestamp()) * 1_000_000
    reported = {k: v for k, v in as_dict(half_year).items() if k[2] == at}
    assert {SLUGS[stream] for stream, _, _ in reported} == {
        "tcgplayer",
        "cardkingdom",
        "cardkingdom-buylist",
        "manapool-graded",
    }
    assert len(reported) > 1_700
    assert {k: now[k] for k in reported} == reported


def test_nothing_is_due_between_reports():
    after = NOW.replace(hour=6)
    assert (
        len(scheduled(after, after + timedelta(minutes=59), intraday_from=after)) == 0
    )


def test_intraday_reports_come_every_six_hours_from_the_moment_asked_for():
    quotes = scheduled(
        NOW - timedelta(days=5), NOW, intraday_from=NOW - timedelta(days=2)
    )
    for slug, times in (
        ("tcgplayer", 5 + 6),
        ("cardmarket", 5 + 6),
        ("cardhoarder", 5),
    ):
        chosen = quotes.stream == SLUGS.index(slug)
        assert len(np.unique(quotes.time[chosen])) == times
    assert (quotes.time % (6 * 3_600_000_000) == 0).all()


# --- What can be trusted of every quote -------------------------------------------


def test_currencies_are_those_of_the_marketplaces():
    assert {s.slug: s.currency for s in STREAMS} == {
        slug: MARKETPLACE_CURRENCIES[slug] for slug in SLUGS
    }


def test_prices_are_positive_and_their_details_make_sense(half_year):
    assert half_year.price.min() > 0
    has_low = half_year.price_low > 0
    assert (half_year.price_low[has_low] <= half_year.price[has_low]).all()
    has_mid = half_year.price_mid > 0
    assert (half_year.price_mid[has_mid] >= half_year.price[has_mid]).all()
    assert set(np.unique(half_year.stream[has_mid])) == {SLUGS.index("tcgplayer")}
    assert half_year.total_quantity.min() == -1
    assert (half_year.total_quantity != 0).all()


def test_each_series_once_at_a_time(half_year):
    assert len(as_dict(half_year)) == len(half_year)


def test_finishes_are_those_of_the_printing(half_year):
    for i in np.unique(half_year.variant):
        assert variants()[i].finish in variants()[i].printing.finishes
    foil_only = {v.printing.key for v in variants() if v.printing.finishes == ("FOIL",)}
    assert "pdmu 107s en" in foil_only
    assert not [
        v for v in variants() if v.printing.key in foil_only and v.finish != Finish.FOIL
    ]


def test_each_stream_prices_what_it_sells(half_year):
    sold = {
        slug: [
            variants()[i] for i in np.unique(half_year.variant[half_year.stream == s])
        ]
        for s, slug in enumerate(SLUGS)
    }
    assert all(v.tix is not None for v in sold["cardhoarder"])
    assert all(v.usd is not None for v in sold["tcgplayer"] + sold["cardmarket"])
    assert {v.printing.lang_code for v in sold["cardkingdom"]} == {"en"}
    assert {v.printing.lang_code for v in sold["tcgplayer"]} == {"en", "ja", "fr"}
    assert len(sold["tcgplayer"]) == 523
    assert 400 < len(sold["cardkingdom-buylist"]) < len(sold["cardkingdom"])


def test_shelf_prices_are_card_kingdoms(half_year):
    prices = half_year.price[half_year.stream == SLUGS.index("cardkingdom")]
    assert prices.min() == 350
    assert set(prices.tolist()) <= set(SHELF.tolist())


# --- Like real feeds --------------------------------------------------------------


@pytest.mark.parametrize(
    ("slug", "unchanged"),
    [
        ("tcgplayer", 0.688),
        ("cardkingdom", 0.965),
        ("cardkingdom-buylist", 0.816),
        ("cardmarket", 0.735),
    ],
)
def test_share_of_prices_that_stay_as_they_are(half_year, slug, unchanged):
    table = daily(half_year, slug)
    both = (table[:-1] > 0) & (table[1:] > 0)
    same = (table[:-1] == table[1:]) & both
    assert same.sum() / both.sum() == pytest.approx(unchanged, abs=0.015)


@pytest.mark.parametrize("slug", ["tcgplayer", "cardmarket"])
@pytest.mark.parametrize(
    ("low", "high", "quantiles"),
    [(1, 5, [0.025, 0.075, 0.18]), (20, 100, [0.011, 0.041, 0.145])],
)
def test_sizes_of_changes(half_year, slug, low, high, quantiles):
    sizes = changes(daily(half_year, slug), low, high)
    assert np.quantile(sizes, [0.5, 0.9, 0.99]) == pytest.approx(quantiles, rel=0.2)


def test_foils_cost_about_twice_as_much_and_one_in_eight_less(half_year):
    newest = {}
    chosen = half_year.stream == SLUGS.index("tcgplayer")
    for i, price in zip(
        half_year.variant[chosen].tolist(),
        half_year.price[chosen].tolist(),
        strict=True,
    ):
        newest[variants()[i].printing.key, variants()[i].finish] = price
    ratios = np.array(
        [
            price / newest[key, Finish.NONFOIL]
            for (key, finish), price in newest.items()
            if finish == Finish.FOIL and (key, Finish.NONFOIL) in newest
        ]
    )
    assert len(ratios) == 212
    assert np.median(ratios) == pytest.approx(2.24, rel=0.08)
    assert (ratios < 1).mean() == pytest.approx(0.12, abs=0.03)


@pytest.mark.parametrize("slug", ["tcgplayer", "cardkingdom", "cardmarket"])
def test_doublings_within_a_week(half_year, slug):
    table = daily(half_year, slug)
    before, after = table[:-7], table[7:]
    both = (before > 0) & (after > 0)
    share = ((after >= 2 * before) & both).sum() / both.sum()
    assert share == pytest.approx(0.002, abs=0.001)


def test_streams_agree_about_the_level(half_year):
    newest = {slug: daily(half_year, slug)[-1] for slug in SLUGS}
    dollars, euros = newest["tcgplayer"], newest["cardmarket"]
    both = (dollars > 0) & (euros > 0)
    ratio = euros[both] / dollars[both]
    assert np.median(ratio) == pytest.approx(0.85, abs=0.03)
    assert np.quantile(ratio, [0.05, 0.95]) == pytest.approx([0.65, 1.1], abs=0.08)


def test_a_shop_pays_about_half_of_what_it_asks(half_year):
    at = (
        half_year.time
        == half_year.time[half_year.stream == SLUGS.index("cardkingdom")].max()
    )
    asks, bids = (
        dict(zip(half_year.variant[rows], half_year.price[rows], strict=True))
        for rows in (
            at & (half_year.stream == SLUGS.index("cardkingdom")),
            at & (half_year.stream == SLUGS.index("cardkingdom-buylist")),
        )
    )
    ratios = [bids[i] / asks[i] for i in bids.keys() & asks.keys()]
    assert len(ratios) > 350
    assert np.quantile(ratios, [0.1, 0.5, 0.9]) == pytest.approx(
        [0.4, 0.5, 0.6], abs=0.04
    )


def test_there_are_gaps_but_never_in_the_dearest_cards(half_year):
    retail = daily(half_year, "cardkingdom")
    assert 0.01 < (retail == 0).mean() < 0.05
    assert (retail[:, retail.max(axis=0) > 200_000] > 0).all()
    euros = daily(half_year, "cardmarket")
    silent = np.flatnonzero((euros == 0).all(axis=1))
    assert len(silent) == 2
    assert np.diff(silent).tolist() == [89]


def test_every_kind_of_story_happens_in_any_half_year():
    for start in range(20_000, 21_000, 50):
        begun = [h for h in occurrences(start, start + 180) if h.day >= start]
        assert {h.story.kind for h in begun} == {story.kind for story in STORIES}


def test_a_spike_of_a_commander_card_half_reverts(half_year):
    (spike,) = (s for s in STORIES if s.kind == "wanted for a new commander")
    first_day = int((NOW - timedelta(days=150)).timestamp()) // 86_400
    happening = next(
        h
        for h in occurrences(first_day, first_day + 60)
        if h.story is spike and h.day > first_day
    )
    assert happening.effect(happening.day + np.array([-1, 0, 4, 24, 200])).tolist() == [
        0,
        0,
        0.8,
        0.4,
        0,
    ]


def test_a_single_sellers_spike_is_seen_by_that_stream_only(half_year):
    (spike,) = (s for s in STORIES if s.only == "tcgplayer")
    table = {slug: daily(half_year, slug) for slug in ("tcgplayer", "cardmarket")}
    first_day = half_year.time.min() // DAY
    moves = {"tcgplayer": [], "cardmarket": []}
    for happening in occurrences(int(first_day), int(first_day) + 170):
        if happening.story is not spike or happening.day < first_day + 3:
            continue
        row = int(happening.day - first_day)
        for slug, prices in table.items():
            columns = np.unique(
                half_year.variant[half_year.stream == SLUGS.index(slug)]
            )
            for column, i in enumerate(columns):
                quotes = prices[[row - 2, row + 3], column]
                if variants()[i].printing.card.name == happening.card and quotes.all():
                    moves[slug].append(quotes[1] / quotes[0])
    assert len(moves["tcgplayer"]) >= 5
    assert min(moves["tcgplayer"]) > 1.5
    assert max(moves["cardmarket"]) < 1.3


# --- The ticker -------------------------------------------------------------------


def test_a_minute_moves_a_handful_and_is_the_same_again():
    minute = NOW + timedelta(minutes=7)
    quotes = moving_quotes(minute)
    following = moving_quotes(minute + timedelta(minutes=1))
    counts = {len(as_dict(quotes)), len(as_dict(following))}
    assert counts == {len(quotes), len(following)} == {12, 15}
    assert as_dict(quotes) == as_dict(moving_quotes(minute))
    assert set(quotes.time.tolist()) == {int(minute.timestamp()) * 1_000_000}
    other = as_dict(moving_quotes(minute + timedelta(minutes=1)))
    assert {k[:2] for k in other} != {k[:2] for k in as_dict(quotes)}


def test_moves_are_small():
    for minute in range(1, 30):
        moment = NOW + timedelta(minutes=minute)
        standing = as_dict(quotes_at(moment))
        for key, (price, *_) in as_dict(moving_quotes(moment)).items():
            assert price == pytest.approx(standing[key][0], rel=0.05, abs=10)


@pytest.mark.parametrize(("currency", "within"), [("USD", 0.01), ("EUR", 0.02)])
def test_the_mean_of_what_moves_is_that_of_the_market(currency, within):
    """As a market index counts: English, retail and market, every finish alike."""
    english = np.array([v.printing.lang_code == "en" for v in variants()])
    asks = [
        i
        for i, stream in enumerate(STREAMS)
        if stream.currency == currency and stream.side != "BUYLIST"
    ]
    means = []
    for quotes in (
        quotes_at(NOW),
        joined(moving_quotes(NOW + timedelta(minutes=m)) for m in range(1, 30)),
    ):
        counted = np.isin(quotes.stream, asks) & english[quotes.variant]
        means.append(quotes.price[counted].mean())
    assert means[1] == pytest.approx(means[0], rel=within)


def test_everything_gets_its_turn():
    seen = set()
    for minute in range(600):
        quotes = moving_quotes(NOW + timedelta(minutes=minute))
        seen |= set(zip(quotes.stream.tolist(), quotes.variant.tolist(), strict=True))
    assert {stream for stream, _ in seen} == set(range(6))
    assert len(seen) > 1_200
