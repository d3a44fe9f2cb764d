"""TappedOut; one of its headings is misspelled."""

from .base import Format

FORMAT = Format(
    slug="tappedout",
    label="TappedOut",
    marks=frozenset({"qty", "name", "set", "languange"}),
    columns={
        "qty": "quantity",
        "name": "name",
        "set": "set_code",
        "set number": "number",
        "foil": "finish",
        "alter": "altered",
        "signed": "signed",
        "condition": "condition",
        "languange": "language",
        "proxy": "proxy",
    },
    adapt=lambda cells: (
        {key: "" if text == "-" else text for key, text in cells.items()},
    ),
)
