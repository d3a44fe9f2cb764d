"""What happens to cards: the spikes and falls a market is watched for.

Every kind of story comes back after `period` days, each time to another of its
cards, so that any half year holds some of each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .chance import Array, seeds, uniform


@dataclass(frozen=True, slots=True)
class Story:
    """A course that a card's price takes: (day, log of the factor), lines between.

    It starts on days that leave `phase` when divided by `period`. `only` names the
    single stream that sees it, if the others do not.
    """

    kind: str
    cards: tuple[str, ...]
    period: int
    phase: int
    course: tuple[tuple[int, float], ...]
    only: str | None = None

    @property
    def length(self) -> int:
        return self.course[-1][0]


STORIES = (
    Story(
        kind="banned",
        cards=("Psychic Frog", "Orcish Bowmasters", "Urza's Saga", "Mox Opal"),
        period=83,
        phase=12,
        course=((0, 0.0), (1, -0.35), (4, -0.62), (30, -0.5), (150, 0.0)),
    ),
    Story(
        kind="unbanned",
        cards=(
            "Umezawa's Jitte",
            "Griselbrand",
            "Sensei's Divining Top",
            "Chrome Mox",
            "Dockside Extortionist",
        ),
        period=71,
        phase=40,
        course=((0, 0.0), (1, 0.6), (3, 0.95), (25, 0.55), (150, 0.0)),
    ),
    Story(
        kind="reprint announced",
        cards=(
            "Rhystic Study",
            "Smothering Tithe",
            "Doubling Season",
            "Cavern of Souls",
            "Fierce Guardianship",
            "The One Ring",
        ),
        period=59,
        phase=7,
        course=((0, 0.0), (2, -0.18), (12, -0.45), (60, -0.35), (150, 0.0)),
    ),
    Story(
        kind="wanted for a new commander",
        cards=(
            "Phyrexian Altar",
            "Parallel Lives",
            "Intuition",
            "Necropotence",
            "Séance",
            "Lim-Dûl's Vault",
            "Jötun Grunt",
        ),
        period=41,
        phase=23,
        course=((0, 0.0), (2, 0.5), (4, 0.8), (24, 0.4), (120, 0.0)),
    ),
    # Then it pays more than others ask.
    Story(
        kind="a shop is short of it",
        cards=(
            "Force of Negation",
            "Cavern of Souls",
            "Demonic Tutor",
            "Counterspell",
            "Scalding Tarn",
            "Rhystic Study",
        ),
        period=4,
        phase=1,
        course=((0, 0.0), (1, 0.5), (7, 0.6), (10, 0.0)),
        only="cardkingdom-buylist",
    ),
    Story(
        kind="one seller bought out",
        cards=(
            "Erayo, Soratami Ascendant // Erayo's Essence",
            "Chain Lightning",
            "Dryad Arbor",
            "Wizard Class",
            "Student of Warfare",
        ),
        period=29,
        phase=3,
        course=((0, 0.0), (1, 0.65), (4, 0.6), (7, 0.0)),
        only="tcgplayer",
    ),
)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A story that befalls `card` from `day` (since the Unix epoch) on."""

    story: Story
    card: str
    day: int

    def effect(self, days: Array) -> Array:
        """The log of the factor on each of `days`."""
        at, height = zip(*self.story.course, strict=True)
        return np.interp(days - self.day, at, height, left=0.0, right=0.0)


def occurrences(first_day: int, last_day: int) -> Iterator[Occurrence]:
    """Every story that is felt between the two days, oldest first in each kind."""
    for story in STORIES:
        earliest = (first_day - story.length - story.phase) // story.period
        latest = (last_day - story.phase) // story.period
        for turn in range(earliest, latest + 1):
            draw = uniform(seeds([story.kind]), np.array([turn]), "card").item()
            card = story.cards[int(draw * len(story.cards))]
            yield Occurrence(story, card, turn * story.period + story.phase)
