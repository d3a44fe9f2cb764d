"""Magic Online: the table of a collection, and .dek files."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from . import holding as h
from .base import BadRow, Entry, Format, Reading
from .cells import RowProblem, read_count
from .text import MAX_ROWS, UnreadableFileError

CSV = Format(
    slug="mtgo",
    label="MTGO",
    marks=frozenset({"card name", "quantity", "id #"}),
    columns={
        "card name": "name",
        "quantity": "quantity",
        "id #": "mtgo_id",
        "set": "set_code",
        "collector #": "number",
        "premium": "finish",
    },
    has_digital=True,
    has_own_numbers=True,
    export=(
        ("Card Name", h.attribute("name")),
        ("Quantity", h.attribute("quantity")),
        ("ID #", h.vendor_id("mtgo")),
        ("Rarity", lambda one: one.rarity.capitalize()),
        ("Set", h.upper_set),
        ("Collector #", h.attribute("number")),
        ("Premium", h.finish("No", "Yes", "Yes")),
    ),
)

DEK = Format(
    slug="mtgo-dek",
    label="MTGO .dek",
    marks=frozenset({"<deck>"}),
    columns={},
    has_digital=True,
)


def is_dek(text: str) -> bool:
    return text.lstrip()[:200].startswith(("<?xml", "<Deck"))


def read_dek(text: str) -> Iterator[Entry | BadRow]:
    """The cards of a .dek file. Raises UnreadableFileError for another document, or one
    with entities or a document type, which could blow up or read other files."""
    # The declared encoding is that of the file; this is text already.
    body = text.lstrip()
    if body.startswith("<?xml"):
        body = body[body.find("?>") + 2 :]
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise UnreadableFileError(f"This is no .dek file: {error}.") from None
    cards = [node for node in root if node.tag == "Cards"]
    if root.tag != "Deck" or not cards:
        raise UnreadableFileError(
            f"This is XML, but no .dek file: it is a <{root.tag[:40]}> without cards."
        )
    if len(cards) > MAX_ROWS:
        raise UnreadableFileError(f"The file has more than {MAX_ROWS:,} cards.")
    for number, node in enumerate(cards, 1):
        yield _card(number, {key: value[:500] for key, value in node.items()})


def _card(number: int, said: dict[str, str]) -> Entry | BadRow:
    try:
        quantity = read_count(said.get("Quantity", ""))
    except RowProblem as problem:
        return BadRow(number, said, str(problem))
    name, card_id = said.get("Name", "").strip(), said.get("CatID", "").strip()
    if not name and not card_id:
        return BadRow(number, said, "it names no card")
    ids = (("mtgo", card_id),) if card_id else ()
    reading = Reading(name=name, ids=ids)
    return Entry(position=number, raw=said, readings=(reading,), quantity=quantity)
