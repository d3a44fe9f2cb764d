"""The printings that the rows of a file may mean, in a few queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection

from apps.cards.models import CardSet
from apps.cards.querysets import fold_name
from apps.inventory.formats import Entry, Reading
from apps.inventory.matching import Catalogue, Named, Printing, keys_of, number_key
from apps.prices.ingest.identity import merged_ids
from mtgintel.core.constants import Finish, Language
from mtgintel.core.sql import load_sql


def printings_for(entries: Sequence[Entry]) -> Catalogue:
    """What `matching.match` needs to know for these entries, however many they are."""
    readings = [reading for entry in entries for reading in entry.readings]
    codes = _set_codes()
    said = {one for reading in readings for one in reading.ids}
    scryfall = {one for source, one in said if source == "scryfall"}
    vendor = sorted(one for one in said if one[0] != "scryfall")
    merged = {old: new for old, new in merged_ids().items() if old in scryfall}
    found = _candidates(
        scryfall_ids=sorted(scryfall | set(merged.values())),
        vendor=vendor,
        places=_places(readings, Catalogue(codes=codes)),
        names=sorted(set(keys_of(entries))),
    )
    printings = {one.id: one for one in found.values()}
    for old, new in merged.items():
        if new in found:
            found[old] = found[new]
    catalogue = Catalogue(
        codes=codes, by_scryfall_id=found, by_vendor_id=_by_vendor(vendor, printings)
    )
    for one in printings.values():
        catalogue.add(one)
    return catalogue


def _set_codes() -> dict[str, list[str]]:
    """The codes that a set's own code, or its name, stands for."""
    rows = CardSet.objects.order_by("code").values_list("code", "name")
    codes: dict[str, list[str]] = {code: [code] for code, _ in rows}
    for code, name in rows:
        key = fold_name(name)
        # A set called like another's code is that other one's.
        if key and key not in codes:
            codes[key] = [code]
        elif key and key != code and codes[key] != [key]:
            codes[key].append(code)
    return codes


def _places(readings: Iterable[Reading], sets: Catalogue) -> list[tuple[str, str]]:
    """(set code, number) in the spellings a number may have in the catalogue."""
    places: set[tuple[str, str]] = set()
    for reading in readings:
        if not reading.number:
            continue
        key = number_key(reading.number)
        for code in sets.sets(reading.set_code, reading.set_name):
            places.update((code, one) for one in (reading.number, key, key.upper()))
    return sorted(places)


def _candidates(
    *,
    scryfall_ids: list[str],
    vendor: list[tuple[str, str]],
    places: list[tuple[str, str]],
    names: list[str],
) -> dict[str, Printing]:
    """Printings by Scryfall id."""
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("inventory", "candidate_cards"),
            {
                "scryfall_ids": scryfall_ids,
                "sources": [source for source, _ in vendor],
                "external_ids": [one for _, one in vendor],
                "codes": [code for code, _ in places],
                "numbers": [number for _, number in places],
                "names": names,
            },
        )
        return {
            scryfall_id: Printing(
                card_id,
                name,
                code,
                number,
                Language(language),
                frozenset(map(Finish, finishes)),
                is_digital,
                released_on,
            )
            for (
                card_id,
                scryfall_id,
                name,
                code,
                number,
                language,
                finishes,
                is_digital,
                released_on,
            ) in cursor
        }


def _by_vendor(
    vendor: list[tuple[str, str]], printings: dict[int, Printing]
) -> dict[tuple[str, str], list[Named]]:
    found: dict[tuple[str, str], list[Named]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("inventory", "vendor_ids"),
            {
                "sources": [source for source, _ in vendor],
                "external_ids": [one for _, one in vendor],
            },
        )
        for source, external_id, card_id, finish in cursor:
            if card_id in printings:
                named = Named(printings[card_id], Finish(finish) if finish else None)
                found.setdefault((source, external_id), []).append(named)
    return found
