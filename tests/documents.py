"""README.md, CONTRIBUTING.md and docs/*.md as tests read them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
# Of GitHub's rule for the anchor of a heading: what is left out of it.
NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


@dataclass(frozen=True)
class Block:
    """A fenced block: where it begins, its language, what stands in it.

    `shows` is what the JSON block right below says it prints; None without one.
    """

    document: Path
    line: int
    language: str
    text: str
    shows: Any = None

    def __str__(self) -> str:
        return f"{self.document.name}:{self.line}"


def documents() -> list[Path]:
    top = [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md"]
    return [*top, *sorted((CHECKOUT / "docs").glob("*.md"))]


def blocks(document: Path) -> Iterator[Block]:
    """The fenced blocks; one of JSON right below another is what that one shows."""
    text = document.read_text(encoding="utf-8")
    found = list(FENCE.finditer(text))
    for place, match in enumerate(found):
        below = found[place + 1] if place + 1 < len(found) else None
        shows = None
        if (
            below is not None
            and below[2] == "json"
            and not text[match.end() : below.start()].strip()
        ):
            shows = json.loads(below[3])
        line = text.count("\n", 0, match.start()) + 1
        yield Block(document, line, match[2], match[3], shows)


def prose(document: Path) -> str:
    """The text without its fenced blocks."""
    return FENCE.sub("", document.read_text(encoding="utf-8"))


def anchors(document: Path) -> set[str]:
    """What a link may name after `#`: the headings, as GitHub spells them."""
    headings = re.findall(r"^#+ +(.+?)\s*$", prose(document), re.MULTILINE)
    found: set[str] = set()
    for heading in headings:
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = NOT_IN_ANCHORS.sub("", plain.lower()).replace(" ", "-")
        times = sum(known == name or known.startswith(f"{name}-") for known in found)
        found.add(name if name not in found else f"{name}-{times}")
    return found


def links(document: Path) -> list[str]:
    """What Markdown's links and pictures lead to."""
    return re.findall(r"\]\(([^)\s]+)\)", prose(document))
