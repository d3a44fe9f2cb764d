"""Words that stand in addresses."""

from __future__ import annotations

from django.urls import register_converter


class _Word:
    """One of a few words."""

    regex = ""

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class ImportAction(_Word):
    """What can be done with an import."""

    regex = "commit|cancel|undo"


class PageAction(_Word):
    """The same, and what the review can do for all rows at once."""

    regex = "commit|cancel|undo|newest|resume"


register_converter(ImportAction, "import_action")
register_converter(PageAction, "page_action")
