"""Cards, indices, sets and sealed products as lines of one chart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from apps.cards.models import Card, CardSet, SealedProduct
from apps.cards.selectors import get_card
from apps.market.indices import has_finishes, index_name
from apps.market.maths.compare import (
    Points,
    by_week,
    is_long,
    rebased,
    shared_base,
    since_last_break,
)
from apps.prices.models import CardPriceDaily, Marketplace
from apps.prices.selectors import breaks_by_marketplace, newest_observation
from apps.prices.selectors.sealed import sealed_histories
from mtgintel.core.constants import PERIODS, Condition, Currency, Finish, Side

from .chained import is_index
from .index import CHAINED, market_index
from .sets import set_curves, set_of

MAX_LINES = 6
# Digits that any integer key may have.
_LONGEST_KEY = 10
# Amounts and levels as they are, or each line as a percentage of its base day.
REBASED, ABSOLUTE = SCALES = ("rebased", "absolute")


class CompareError(ValueError):
    """Something that cannot be compared; `field` says which of the lists names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Compared:
    """What one line is of: a card (or index) in a finish, a set or its foils, a sealed
    product.

    `kind` is card, index, set or sealed; `key` names it in an address, with its finish.
    """

    kind: str
    key: str
    name: str
    subject: Card | CardSet | SealedProduct | str
    finish: str = ""

    @property
    def place(self) -> tuple[str, str]:
        """Tells it from everything else."""
        return self.kind, self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedLine:
    """A line of daily `points`, oldest first. `unit` is a currency, or "" for a level;
    `source` says in words whose number it is. From each of `breaks` on it is another
    number."""

    of: Compared
    unit: str
    source: str
    points: Points
    breaks: list[date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Lines on one `scale`. Rebased ones show what came since their last break, 100 on
    `base`, the first day all have; None: each begins at 100 on a day of its own.
    `step` is the distance of two points."""

    currency: str
    period: str
    scale: str
    base: date | None
    as_of: datetime | None
    step: timedelta
    lines: list[ComparedLine]

    @property
    def has_one_unit(self) -> bool:
        return len({line.unit for line in self.lines}) < 2

    @property
    def unit(self) -> str:
        """Of the values; "" for levels and percentages."""
        is_amount = self.scale == ABSOLUTE and self.lines
        return self.lines[0].unit if is_amount else ""


def compared(lists: Mapping[str, str]) -> tuple[list[Compared], list[CompareError]]:
    """What comma-separated lists name, each once, and what is wrong with the rest:
    `cards` as ID or ID:FINISH, `indices` as slug or slug:FINISH, `sets` as code or
    code:FOIL, `sealed` as ID."""
    named = [
        (field, name.strip())
        for field in _PARSERS
        for name in dict.fromkeys(lists.get(field, "").split(","))
        if name.strip()
    ]
    found: dict[tuple[str, str], Compared] = {}
    errors = []
    for field, name in named[:MAX_LINES]:
        try:
            one = _PARSERS[field](name)
        except CompareError as error:
            errors.append(error)
        else:
            found[one.place] = one
    if named[MAX_LINES:]:
        message = f"A chart holds {MAX_LINES} lines; the others are left out."
        errors.append(CompareError(named[MAX_LINES][0], message))
    return list(found.values()), errors


def _card(text: str) -> Compared:
    name, finish = _with_finish("cards", text)
    try:
        card = get_card(name)
    except Card.DoesNotExist:
        raise CompareError("cards", f"There is no card {name!r}.") from None
    finish = finish or (card.finishes[0] if card.finishes else Finish.NONFOIL.value)
    label = f"{card.name} ({card.set_code.upper()} {card.collector_number})"
    if finish != Finish.NONFOIL:
        label += f", {Finish(finish).label.lower()}"
    return Compared("card", f"{card.pk}:{finish}", label, card, finish)


def _index(text: str) -> Compared:
    slug, finish = _with_finish("indices", text)
    slug = slug.casefold()
    if not is_index(slug):
        raise CompareError("indices", f"There is no index {slug!r}.")
    if finish and not has_finishes(slug):
        message = f"The index {slug} is of all its finishes together."
        raise CompareError("indices", message)
    label = f"{index_name(slug)} index"
    if finish:
        return Compared(
            "index",
            f"{slug}:{finish}",
            f"{label}, {Finish(finish).label.lower()}",
            slug,
            finish,
        )
    return Compared("index", slug, label, slug)


def _set(text: str) -> Compared:
    code, finish = _with_finish("sets", text)
    card_set = set_of(code)
    if card_set is None:
        raise CompareError("sets", f"There is no set {code!r}.")
    if finish not in ("", Finish.FOIL):
        raise CompareError("sets", "A set is of its cards, or of its foils: CODE:FOIL.")
    label = f"{card_set.name}, complete"
    if finish:
        return Compared(
            "set", f"{card_set.code}:FOIL", f"{label} in foil", card_set, finish
        )
    return Compared("set", card_set.code, label, card_set)


def _sealed(text: str) -> Compared:
    known = SealedProduct.objects.filter(pk=text) if _is_key(text) else None
    product = known.first() if known is not None else None
    if product is None:
        raise CompareError("sealed", f"There is no sealed product {text!r}.")
    return Compared("sealed", str(product.pk), product.name, product)


def _is_key(text: str) -> bool:
    """Whether it is a number that a key can be."""
    return text.isascii() and text.isdecimal() and len(text) < _LONGEST_KEY


_PARSERS = {"cards": _card, "indices": _index, "sets": _set, "sealed": _sealed}


def _with_finish(field: str, text: str) -> tuple[str, str]:
    name, _, finish = text.partition(":")
    if finish and finish.upper() not in Finish.values:
        allowed = ", ".join(Finish.values)
        raise CompareError(field, f"{finish!r} is not one of: {allowed}.")
    return name.strip(), finish.upper()


def compare(
    wanted: Sequence[Compared],
    *,
    currency: str = Currency.USD,
    period: str = "90d",
    scale: str = REBASED,
) -> Comparison:
    """Daily lines over the `period` that ends today.

    Amounts of different units have no scale in common: they are rebased whatever
    `scale` says.
    """
    length = PERIODS[period]
    start = timezone.now().astimezone(UTC).date() - length if length else None
    lines = _lines(wanted, currency, period, start)
    step = timedelta(days=1)
    if is_long([line.points for line in lines]):
        step = timedelta(days=7)
        lines = [_with(line, by_week(line.points, line.breaks)) for line in lines]
    base = None
    if scale == REBASED or len({line.unit for line in lines}) > 1:
        scale = REBASED
        lines = [
            _with(line, since_last_break(line.points, line.breaks)) for line in lines
        ]
        base = shared_base([line.points for line in lines])
        lines = [
            _with(line, rebased(line.points, base if line.points else None))
            for line in lines
        ]
    return Comparison(
        currency=currency,
        period=period,
        scale=scale,
        base=base,
        as_of=newest_observation(currency),
        step=step,
        lines=lines,
    )


def _with(line: ComparedLine, points: Points) -> ComparedLine:
    return ComparedLine(
        of=line.of,
        unit=line.unit,
        source=line.source,
        points=points,
        breaks=line.breaks,
    )


def _lines(
    wanted: Sequence[Compared], currency: str, period: str, start: date | None
) -> list[ComparedLine]:
    """In the order they were asked for."""
    found = {
        **_card_lines([one for one in wanted if one.kind == "card"], currency, start),
        **_set_lines([one for one in wanted if one.kind == "set"], currency, start),
        **_sealed_lines(wanted, currency, start),
    }
    return [
        _index_line(one, currency, period) if one.kind == "index" else found[one.place]
        for one in wanted
    ]


def _index_line(one: Compared, currency: str, period: str) -> ComparedLine:
    slug = str(one.subject)
    index = market_index(currency, period, one.finish or None, CHAINED, slug)
    return ComparedLine(
        of=one,
        unit="",
        source="Chained index",
        points=[(point.time.date(), point.value) for point in index.full_points],
        breaks=[],
    )


def _set_lines(
    wanted: Sequence[Compared], currency: str, start: date | None
) -> dict[tuple[str, str], ComparedLine]:
    found = {}
    for is_foil in (False, True):
        chosen = {
            one.subject.code: one
            for one in wanted
            if isinstance(one.subject, CardSet) and bool(one.finish) == is_foil
        }
        curves = set_curves(chosen, currency, start, is_foil=is_foil) if chosen else {}
        for code, points in curves.items():
            found[chosen[code].place] = ComparedLine(
                of=chosen[code],
                unit=currency,
                source="Sum of its cards, like for like",
                points=[(point.day, point.like_for_like) for point in points],
                breaks=sorted({point.since for point in points})[1:],
            )
    return found


def _sealed_lines(
    wanted: Sequence[Compared], currency: str, start: date | None
) -> dict[tuple[str, str], ComparedLine]:
    found = {}
    products = {
        one.subject.pk: one for one in wanted if isinstance(one.subject, SealedProduct)
    }
    histories = sealed_histories(products, currency, start) if products else {}
    for product_id, history in histories.items():
        one = products[product_id]
        found[one.place] = ComparedLine(
            of=one,
            unit=currency,
            source=history.stream.name if history.stream else "No price",
            points=history.points,
            breaks=_breaks(history.stream),
        )
    return found


def _breaks(stream: Marketplace | None) -> list[date]:
    """The days on which a stream became another."""
    if stream is None:
        return []
    return [one.began_at.date() for one in breaks_by_marketplace().get(stream.pk, [])]


def _card_lines(
    wanted: Sequence[Compared], currency: str, start: date | None
) -> dict[tuple[str, str], ComparedLine]:
    """Each in the most preferred stream that has prices of it in the period."""
    if not wanted:
        return {}
    streams = _streams(currency)
    closes = _closes(wanted, streams, start)
    found = {}
    for one in wanted:
        by_stream = closes.get(one.key, {})
        stream = next((each for each in streams.values() if each.pk in by_stream), None)
        found[one.place] = ComparedLine(
            of=one,
            unit=currency,
            source=stream.name if stream else "No price",
            points=by_stream[stream.pk] if stream else [],
            breaks=_breaks(stream),
        )
    return found


def _streams(currency: str) -> dict[int, Marketplace]:
    """What one pays, the preferred first."""
    rows = Marketplace.objects.filter(currency=currency, is_active=True)
    rows = rows.exclude(side=Side.BUYLIST).order_by("preference", "id")
    return {stream.pk: stream for stream in rows}


def _closes(
    wanted: Sequence[Compared], streams: Iterable[int], start: date | None
) -> dict[str, dict[int, list[tuple[date, Decimal]]]]:
    """{key: {marketplace id: its daily closes}}: Near Mint, in the card's language."""
    languages = {card.pk: card.language for card in _cards(wanted)}
    keys = {one.key for one in wanted}
    rows = CardPriceDaily.objects.filter(
        card_id__in=list(languages),
        marketplace_id__in=list(streams),
        condition=Condition.NEAR_MINT,
    )
    if start:
        rows = rows.filter(
            bucket__gte=datetime.combine(start, datetime.min.time(), UTC)
        )
    found: dict[str, dict[int, list[tuple[date, Decimal]]]] = {}
    for card_id, stream, finish, language, bucket, close in rows.order_by(
        "bucket"
    ).values_list(
        *("card_id", "marketplace_id", "finish", "language", "bucket", "close_price")
    ):
        key = f"{card_id}:{finish}"
        if key in keys and language == languages[card_id]:
            day = bucket.astimezone(UTC).date()
            found.setdefault(key, {}).setdefault(stream, []).append((day, close))
    return found


def _cards(wanted: Iterable[Compared]) -> list[Card]:
    return [one.subject for one in wanted if isinstance(one.subject, Card)]
