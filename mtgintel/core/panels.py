"""Panels that apps put on pages of the apps below them, which know nothing of them.

    panels.register("card", "signals", template="signals/card_panel.html", data=of_card)

An app registers in its AppConfig's ready(). The page says what it is about, and
includes the template of each panel with what its `data` found as `panel`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# Takes what the page is about by keyword; None leaves the panel out.
#   card: card (a Card), currency (a code)
#   home: that currency alone
Data = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel as a page shows it."""

    template: str
    data: Any


_registered: dict[tuple[str, str], tuple[str, Data]] = {}


def register(page: str, name: str, *, template: str, data: Data) -> None:
    """Panels stand in the order of registration."""
    _registered[page, name] = (template, data)


def panels_of(page: str, **about: Any) -> list[Panel]:
    """What others have to say on a page."""
    found = [
        Panel(template, data(**about))
        for (where, _), (template, data) in _registered.items()
        if where == page
    ]
    return [panel for panel in found if panel.data is not None]
