"""manage.py verify_ledger: whether anything that was said has been changed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.recommendations.selectors import Verified, chains, verify


class Command(BaseCommand):
    help = "Check the hash chain of the ledger; names the first line that is wrong."

    def handle(self, **_: Any) -> None:
        found = [verify(chain) for chain in chains()]
        for one in found:
            self.stdout.write(_in_words(one))
        wrong = sum(not one.is_good for one in found)
        if wrong:
            raise CommandError(
                f"{wrong} of {len(found)} chains are not as they were written."
            )


def _in_words(one: Verified) -> str:
    if one.broken:
        place, why = one.broken.place, one.broken.why
        return f"{one.chain}: line {place} is wrong: {why}; {one.lines:,} are good."
    if one.unsealed:
        return f"{one.chain}: {one.lines:,} lines are good, but {one.unsealed[0]}."
    return f"{one.chain}: all {one.lines:,} lines are as they were written."
