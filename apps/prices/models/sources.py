"""Price lists that somebody has described in the admin."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from mtgintel.core.constants import Condition, Finish, Language

from .streams import Marketplace

# A month: a list that is asked for less often is uploaded.
_MOST_HOURS = 31 * 24


def upload_storage() -> FileSystemStorage:
    """Uploaded lists lie beside the downloads, which no address leads to."""
    return FileSystemStorage(location=Path(settings.FEED_DOWNLOAD_DIR) / "uploads")


class CustomSource(models.Model):
    """A shop's price list of a form we do not know, and how it is to be read.

    It feeds one marketplace of its own, of the same slug. `columns` says which column
    has what: {field of ingest.layout.COLUMNS: heading, or path in a JSON record}.
    `finish`, `condition` and `language` hold where no column says them; a language
    left empty is that of the printing. While it is not active it is neither read nor
    shown.
    """

    class Format(models.TextChoices):
        CSV = "CSV", "CSV (or TSV)"
        JSON = "JSON", "JSON"

    class Delimiter(models.TextChoices):
        COMMA = ",", "comma"
        SEMICOLON = ";", "semicolon"
        TAB = "\t", "tab"
        BAR = "|", "vertical bar"

    class Encoding(models.TextChoices):
        UTF8 = "utf-8", "UTF-8"
        UTF16 = "utf-16", "UTF-16"
        CP1252 = "cp1252", "Windows-1252"
        LATIN9 = "iso8859-15", "ISO 8859-15"

    class DecimalMark(models.TextChoices):
        POINT = ".", "1.50"
        COMMA = ",", "1,50"

    class Unit(models.TextChoices):
        WHOLE = "WHOLE", "the currency (1.50)"
        CENTS = "CENTS", "hundredths of it (150)"

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=40)
    marketplace = models.OneToOneField(
        Marketplace, models.PROTECT, related_name="custom_source"
    )
    is_active = models.BooleanField(default=False)
    url = models.URLField(max_length=500, blank=True)
    upload = models.FileField(storage=upload_storage, blank=True)
    every_hours = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(_MOST_HOURS)],
    )
    file_format = models.CharField(
        max_length=4, choices=Format.choices, default=Format.CSV
    )
    records_path = models.CharField(max_length=200, blank=True)
    delimiter = models.CharField(max_length=1, choices=Delimiter.choices, blank=True)
    encoding = models.CharField(max_length=12, choices=Encoding.choices, blank=True)
    decimal_mark = models.CharField(
        max_length=1, choices=DecimalMark.choices, default=DecimalMark.POINT
    )
    unit = models.CharField(max_length=5, choices=Unit.choices, default=Unit.WHOLE)
    columns = models.JSONField(default=dict)
    finish = models.CharField(max_length=20, choices=Finish.choices, blank=True)
    condition = models.CharField(
        max_length=20,
        choices=Condition.choices,
        blank=True,
        default=Condition.NEAR_MINT,
    )
    # One of core.constants.CONDITION_SCALES.
    condition_scale = models.CharField(max_length=20, default="default")
    language = models.CharField(max_length=20, choices=Language.choices, blank=True)
    zero_is_absent = models.BooleanField(default=False)
    # The last time it was to be read by schedule, and what was wrong then.
    tried_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        db_table = "custom_sources"
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name
