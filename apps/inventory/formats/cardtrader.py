"""CardTrader's orders: what was bought, in cents of a currency the heading names."""

from collections.abc import Iterable
from decimal import Decimal

from .base import Cells, Format
from .cells import RowProblem, read_amount, read_count, read_flag

_PLAYSET = 4
_CURRENCIES = ("EUR", "USD", "GBP", "CAD", "AUD", "CHF", "JPY", "PLN", "SEK", "DKK")


def _bought(cells: dict[str, str]) -> Iterable[Cells]:
    if not cells.pop("game", "Magic").casefold().startswith("magic"):
        raise RowProblem("it is of another game")
    copies = _PLAYSET if read_flag(cells.pop("playset", "")) else 1
    cells["quantity"] = str(copies * read_count(cells.get("quantity", "")))
    for currency in _CURRENCIES:
        cents = cells.pop(f"cents_{currency}", "")
        if cents:
            amount, _ = read_amount(cents)
            cells["cost"] = str((amount or Decimal(0)) / 100 / copies)
            cells["currency"] = currency
    return (cells,)


FORMAT = Format(
    slug="cardtrader",
    label="CardTrader",
    marks=frozenset({"item name", "set code", "foil/reverse"}),
    columns={
        "game": "game",
        "set name": "set_name",
        "set code": "set_code",
        "item name": "name",
        "quantity": "quantity",
        "condition": "condition",
        "language": "language",
        "foil/reverse": "finish",
        "signed": "signed",
        "altered": "altered",
        "playset": "playset",
        "collector number": "number",
    }
    | {f"price in {one.casefold()} cents": f"cents_{one}" for one in _CURRENCIES},
    scale="cardtrader",
    adapt=_bought,
)
