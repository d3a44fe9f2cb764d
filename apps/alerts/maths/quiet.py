"""Hours in which somebody wants no letters: from a time of day to another, where they
live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` until `end` by the clock of `zone`; across midnight where the end
    comes first. The same time twice is no quiet at all."""

    start: time
    end: time
    zone: ZoneInfo

    def holds(self, moment: datetime) -> bool:
        clock = moment.astimezone(self.zone).time()
        if self.start <= self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end


def first_allowed(moment: datetime, quiet: QuietHours | None) -> datetime:
    """`moment`, or the end of the quiet hours it is in (UTC).

    An end that the clock jumps over, when summer time begins, is the moment after the
    jump.
    """
    if quiet is None or not quiet.holds(moment):
        return moment
    local = moment.astimezone(quiet.zone)
    day = local.date()
    if local.time() >= quiet.end:
        day += timedelta(days=1)
    end = datetime.combine(day, quiet.end, quiet.zone).astimezone(UTC)
    # The hour that comes twice in autumn: its second time may be the one to wait for.
    return end if end > moment else end + timedelta(hours=1)
