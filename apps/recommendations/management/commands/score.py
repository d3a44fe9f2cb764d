"""manage.py score: what became of the advice whose horizon is over."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from apps.recommendations.services import score_due


class Command(BaseCommand):
    help = "Score every recommendation whose horizon was over before a day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--at", type=date.fromisoformat, help="The day (default: today, UTC)."
        )

    def handle(self, *, at: date | None, **_: Any) -> None:
        scored = score_due(at=at or timezone.now().date())
        self.stdout.write(
            f"score: {scored.scored:,} scored, {scored.no_data:,} of them without data."
        )
