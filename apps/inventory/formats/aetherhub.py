"""AetherHub."""

from .base import Format

FORMAT = Format(
    slug="aetherhub",
    label="AetherHub",
    marks=frozenset({"aetherhub card id"}),
    columns={
        "count": "quantity",
        "tradelist count": "for_trade",
        "name": "name",
        "set code": "set_code",
        "card number": "number",
        "condition": "condition",
        "language": "language",
        "foil": "finish",
        "signed": "signed",
        "altered art": "altered",
        "misprint": "misprint",
        "scryfall id": "scryfall_id",
        "tcgplayer id": "tcgplayer_id",
        "cardmarket id": "cardmarket_id",
        "mtgo id": "mtgo_id",
        "multiverse id": "multiverse_id",
    },
    scale="helvault",
)
