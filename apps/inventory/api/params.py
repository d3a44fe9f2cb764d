"""What exports can be asked for."""

from __future__ import annotations

from apps.inventory.formats import EXPORTS
from mtgintel.core.api.params import Choice, QueryParams


class ExportParams(QueryParams):
    format = Choice(choices=sorted(EXPORTS), default="csv")
