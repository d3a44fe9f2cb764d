"""Scryfall's card and set objects as rows of our catalogue."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Annotated, Any

import msgspec

from apps.cards.querysets import fold_name
from mtgintel.core.constants import (
    Finish,
    Language,
    UnknownLanguageError,
    normalize_language,
)

FINISHES = {
    "nonfoil": Finish.NONFOIL.value,
    "foil": Finish.FOIL.value,
    "etched": Finish.ETCHED.value,
    # What Scryfall called the etched-looking finish of some promos.
    "glossy": Finish.FOIL.value,
}

# How long a text may be; identity is rejected when longer, the rest is cut.
_KEY_LENGTHS = {"name": 300, "set": 12, "collector_number": 20}


class Face(msgspec.Struct):
    """One side of a card that has several."""

    name: str | None = None
    oracle_id: str | None = None
    mana_cost: str | None = None
    type_line: str | None = None
    oracle_text: str | None = None
    colors: list[str] | None = None
    artist: str | None = None
    image_uris: dict[str, str | None] | None = None
    cmc: float | None = None
    layout: str | None = None


class CardObject(msgspec.Struct):
    """What we read of a card object; what is not here may change as it likes."""

    id: str
    name: str
    object: str = "card"
    oracle_id: str | None = None
    lang: str | None = None
    set: str | None = None
    set_name: str | None = None
    set_type: str | None = None
    collector_number: str | None = None
    rarity: str | None = None
    layout: str | None = None
    finishes: list[str] | None = None
    foil: bool | None = None
    nonfoil: bool | None = None
    games: list[str] | None = None
    colors: list[str] | None = None
    color_identity: list[str] | None = None
    mana_cost: str | None = None
    cmc: float | None = None
    type_line: str | None = None
    oracle_text: str | None = None
    card_faces: list[Face] | None = None
    legalities: dict[str, str] | None = None
    promo_types: list[str] | None = None
    frame_effects: list[str] | None = None
    border_color: str | None = None
    artist: str | None = None
    image_uris: dict[str, str | None] | None = None
    released_at: str | None = None
    edhrec_rank: Annotated[int, msgspec.Meta(ge=0, lt=2**31)] | None = None
    digital: bool | None = None
    full_art: bool | None = None
    promo: bool | None = None
    reprint: bool | None = None
    reserved: bool | None = None
    tcgplayer_id: int | None = None
    tcgplayer_etched_id: int | None = None
    cardmarket_id: int | None = None
    mtgo_id: int | None = None
    mtgo_foil_id: int | None = None
    arena_id: int | None = None
    multiverse_ids: list[int] | None = None
    # Read apart: a price that is none must not cost us the card.
    prices: Any = None


class NotACardError(ValueError):
    """A record that cannot be a row of the catalogue; the message says why."""


_decode = msgspec.json.Decoder(CardObject).decode


def read_card(text: bytes) -> CardObject:
    """A card object from its JSON. Raises NotACardError."""
    try:
        card = _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotACardError(str(error)) from None
    if card.object != "card":
        raise NotACardError(f"it is a {card.object}, not a card")
    card.id = _uuid(card.id)
    if not card.name.strip():
        raise NotACardError("it has no name")
    for field, longest in _KEY_LENGTHS.items():
        if len(getattr(card, field) or "") > longest:
            raise NotACardError(f"its {field} is longer than {longest} characters")
    if b"\\u0000" in text:
        raise NotACardError("it has a null character")
    return card


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text)) if len(text) == 36 else _no_uuid(text)
    except ValueError:
        return _no_uuid(text)


def _no_uuid(text: str) -> str:
    raise NotACardError(f"its id {text[:60]!r} is not a uuid")


def finishes_of(card: CardObject) -> list[str]:
    """The finishes it exists in, in our order; none when the record does not say."""
    names = card.finishes
    if names is None:
        # Records from before `finishes` say it with two booleans.
        flags = (("nonfoil", card.nonfoil), ("foil", card.foil))
        names = [name for name, is_there in flags if is_there]
    known = {FINISHES[name] for name in names if name in FINISHES}
    return [finish for finish in Finish.values if finish in known]


def language_of(card: CardObject) -> str:
    """Its language; OTHER for a code that the enum has no member for."""
    try:
        return normalize_language(card.lang).value
    except UnknownLanguageError:
        return Language.OTHER.value


def identifiers_of(card: CardObject) -> list[list[str | None]]:
    """[source, id, finish it is limited to] of every vendor's id."""
    ids: list[tuple[str, int | None, str | None]] = [
        ("tcgplayer", card.tcgplayer_id, None),
        ("tcgplayer", card.tcgplayer_etched_id, Finish.ETCHED.value),
        ("cardmarket", card.cardmarket_id, None),
        ("mtgo", card.mtgo_id, Finish.NONFOIL.value),
        ("mtgo", card.mtgo_foil_id, Finish.FOIL.value),
        ("arena", card.arena_id, None),
        *(("multiverse", number, None) for number in card.multiverse_ids or ()),
    ]
    return [[source, str(n), finish] for source, n, finish in ids if n is not None]


def catalogue_row(card: CardObject) -> dict[str, Any]:
    """The row of `cards` for a card object, with its set and identifiers beside it."""
    faces = card.card_faces or []
    first = faces[0] if faces else Face()
    return {
        "scryfall_id": card.id,
        "oracle_id": _oracle_id(card),
        "name": card.name,
        "search_name": fold_name(card.name)[:300],
        "set_code": (card.set or "").lower(),
        "set_name": (card.set_name or card.set or "")[:200],
        "set_type": (card.set_type or "")[:40],
        "collector_number": card.collector_number or "",
        "language": language_of(card),
        "lang_code": (card.lang or "en")[:8],
        "rarity": (card.rarity or "")[:16],
        "layout": (card.layout or "")[:40],
        "finishes": finishes_of(card),
        "games": _short(card.games, 12),
        "colors": _short(card.colors or _face_colors(faces), 1),
        "color_identity": _short(card.color_identity, 1),
        "mana_cost": _joined(card.mana_cost, faces, "mana_cost", 120),
        "mana_value": card.cmc if card.cmc is not None else first.cmc,
        "type_line": _joined(card.type_line, faces, "type_line", 300),
        "oracle_text": card.oracle_text or "",
        "faces": [_face_row(face) for face in faces],
        "legalities": card.legalities or {},
        "promo_types": _short(card.promo_types, 40),
        "frame_effects": _short(card.frame_effects, 40),
        "border_color": (card.border_color or "")[:20],
        "artist": (card.artist or first.artist or "")[:200],
        "image_uri": _image(card.image_uris) or _image(first.image_uris),
        "released_on": _date(card.released_at),
        "edhrec_rank": card.edhrec_rank,
        "is_digital": bool(card.digital),
        "is_full_art": bool(card.full_art),
        "is_promo": bool(card.promo),
        "is_reprint": bool(card.reprint),
        "is_reserved": bool(card.reserved),
        "identifiers": identifiers_of(card),
    }


def _oracle_id(card: CardObject) -> str | None:
    """A reversible card has one per face; when they agree, it is the card's too."""
    ids = {face.oracle_id for face in card.card_faces or () if face.oracle_id}
    if card.oracle_id:
        ids = {card.oracle_id}
    if len(ids) != 1:
        return None
    try:
        return str(uuid.UUID(ids.pop()))
    except ValueError:
        return None


def _face_colors(faces: list[Face]) -> list[str]:
    return sorted({color for face in faces for color in face.colors or ()})


def _short(values: list[str] | None, longest: int) -> list[str]:
    return [value[:longest] for value in values or ()]


def _joined(own: str | None, faces: list[Face], field: str, longest: int) -> str:
    """The card's own text, or its faces' as Scryfall joins them."""
    text = own or " // ".join(filter(None, (getattr(face, field) for face in faces)))
    return text[:longest]


def _image(uris: dict[str, str | None] | None) -> str:
    return ((uris or {}).get("normal") or "")[:300]


def _face_row(face: Face) -> dict[str, str]:
    return {
        "name": face.name or "",
        "mana_cost": face.mana_cost or "",
        "type_line": face.type_line or "",
        "oracle_text": face.oracle_text or "",
        "image_uri": _image(face.image_uris),
        "oracle_id": face.oracle_id or "",
    }


def _date(text: str | None) -> str | None:
    try:
        return date.fromisoformat(text).isoformat() if text else None
    except ValueError:
        return None


def set_row(node: dict[str, Any]) -> dict[str, Any] | None:
    """The row of `card_sets` for a set object; None when it has no code and name."""
    code, name = node.get("code"), node.get("name")
    if not (isinstance(code, str) and 0 < len(code) <= 12 and isinstance(name, str)):
        return None
    released = node.get("released_at")
    group, count = node.get("tcgplayer_id"), node.get("card_count")
    try:
        scryfall_id = str(uuid.UUID(str(node.get("id"))))
    except ValueError:
        scryfall_id = None
    return {
        "code": code.lower(),
        "scryfall_id": scryfall_id,
        "name": name[:200],
        "set_type": str(node.get("set_type") or "")[:40],
        "released_on": _date(released if isinstance(released, str) else None),
        "parent_code": str(node.get("parent_set_code") or "")[:12].lower(),
        "card_count": count if isinstance(count, int) else 0,
        "is_digital": bool(node.get("digital")),
        "tcgplayer_group_id": group if isinstance(group, int) else None,
        "icon_uri": str(node.get("icon_svg_uri") or "")[:300],
    }
