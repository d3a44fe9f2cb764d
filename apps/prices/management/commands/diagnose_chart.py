"""manage.py diagnose_chart CARD: why its chart shows what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.cards.models import Card
from apps.prices.models import PriceOverride, QuarantinedPrice
from apps.prices.selectors.diagnosis import (
    Diagnosis,
    SeriesDiagnosis,
    diagnose,
    printings_named,
    similar_printings,
)
from mtgintel.core.constants import PERIODS, Condition, Currency, Finish, Language

_POINTS = {
    "raw": "every observation",
    "hour": "one point an hour",
    "day": "one point a day",
    "week": "one point a week",
}


class Command(BaseCommand):
    help = "Explain in words why the chart of a printing shows what it shows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "card",
            help='An id, a Scryfall UUID, "Sol Ring (CMR)", "Sol Ring (CMR 472)".',
        )
        parser.add_argument("--period", choices=list(PERIODS), default="30d")
        parser.add_argument("--finish", type=str.upper, choices=Finish.values)
        parser.add_argument(
            "--currency",
            type=str.upper,
            choices=Currency.values,
            help="By default the one that the card's page shows first.",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        diagnosis = diagnose(
            _only_printing(options["card"]),
            period=options["period"],
            currency=options["currency"],
            finish=options["finish"],
        )
        for line in in_words(diagnosis):
            self.stdout.write(line)


def _only_printing(text: str) -> Card:
    found = printings_named(text)
    if len(found) == 1:
        return found[0]
    if found:
        raise CommandError(f"{text!r} names several printings:\n{_listed(found)}")
    similar = similar_printings(text)
    if similar:
        raise CommandError(f"No printing is named {text!r}. Near:\n{_listed(similar)}")
    raise CommandError(f"No printing is named {text!r}, nor anything like it.")


def _listed(cards: list[Card]) -> str:
    return "\n".join(f"  {card.pk}  {_name(card)}" for card in cards)


def _name(card: Card) -> str:
    return (
        f"{card.name} ({card.set_code.upper()} {card.collector_number}), "
        f"{card.get_language_display()}"
    )


def in_words(found: Diagnosis) -> Iterator[str]:
    """The diagnosis, line by line."""
    yield f"{_name(found.card)}: card {found.card.pk}"
    yield (
        f"Chart of {found.period} in {found.currency}, {_day(found.start)} to "
        f"{_day(found.end)}, Near Mint{_only(found.finish)}: "
        f"{_POINTS[found.width]}, from {found.table}."
    )
    drawn = [one for one in found.series if not one.hidden_by]
    hidden = [one for one in found.series if one.hidden_by]
    yield ""
    yield f"Drawn: {len(drawn)} series" if drawn else "Drawn: nothing"
    for one in drawn:
        yield from _series(one)
    if hidden:
        yield ""
        yield f"Not drawn: {len(hidden)} series"
    for one in hidden:
        yield from _series(one)
    if not found.series:
        yield "  No stream has ever brought a price of this printing."
    yield from _kept_out(found)


def _only(finish: str | None) -> str:
    return f", {Finish(finish).label.lower()} only" if finish else ""


def _series(one: SeriesDiagnosis) -> Iterator[str]:
    yield f"  {one.stream.name} ({one.stream.slug}), {_variant(one)}"
    for reason in one.hidden_by:
        yield f"    Hidden: {reason}."
    yield f"    {_observed(one)}"
    if one.points:
        gaps = _count(len(one.gaps), "gap")
        yield f"    {_count(one.points, 'point')} in its period, {gaps}."
    for before, after in one.gaps:
        days = (after - before).total_seconds() / 86_400
        yield (
            f"    Gap: nothing between {_moment(before)} and {_moment(after)} "
            f"({days:.1f} days)."
        )
    for each in one.breaks:
        yield (
            f"    Break on {_day(each.began_at)}: {each.reason} Before: "
            f"{each.before}. Since: {each.after}. The line is cut there."
        )
    if one.charted < one.raw:
        yield (
            f"    Behind: {_count(one.raw, 'observation')} in the period, "
            f"{one.charted} of them in buckets; the aggregate was not refreshed."
        )
    if one.is_stale:
        yield (
            f"    Stale: its newest price is of {_moment(one.as_of)}, and the stream's "
            f"should be no older than {one.stream.freshness_hours} hours."
        )


def _variant(one: SeriesDiagnosis) -> str:
    words = [Finish(one.finish).label.lower()]
    if one.condition != Condition.NEAR_MINT:
        words.append(Condition(one.condition).label)
    if one.language != Language.ENGLISH:
        words.append(Language(one.language).label)
    return f"{', '.join(words)}, {one.stream.currency}"


def _observed(one: SeriesDiagnosis) -> str:
    if not one.observations:
        return "In no daily bucket."
    return (
        f"Observed {_count(one.observations, 'time')} from {_day(one.first_day)} to "
        f"{_day(one.last_day)}."
    )


def _kept_out(found: Diagnosis) -> Iterator[str]:
    if found.quarantined:
        yield ""
        yield f"Kept out: {_count(found.quarantined_count, 'row')} of this printing"
    for row in found.quarantined:
        yield f"  {_row(row)}"
    if found.overrides:
        yield ""
        yield f"Overrides: {len(found.overrides)}"
    for override in found.overrides:
        yield f"  {_override(override)}"


def _row(row: QuarantinedPrice) -> str:
    stream = f" of {row.marketplace.slug}" if row.marketplace else ""
    if row.time is None:
        return f"A row{stream} at {row.position or 'no place'}: {row.reason}."
    status = QuarantinedPrice.Status(row.status).label.lower()
    return (
        f"{row.price} {row.currency}{stream}, {_moment(row.time)}: {row.reason}; "
        f"{status}."
    )


def _override(override: PriceOverride) -> str:
    price = "no price" if override.price is None else f"{override.price}"
    until = f" to {_day(override.valid_to)}" if override.valid_to else ""
    revoked = ", revoked" if override.revoked_at else ""
    return (
        f"{override.marketplace.slug} {override.finish.lower()}: {price} "
        f"{override.currency} from {_day(override.valid_from)}{until}{revoked}: "
        f"{override.reason}"
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _day(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%-d %b %Y}" if moment else "never"


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%-d %b %Y %H:%M} UTC" if moment else "never"
