"""The form in which a price list is described."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms

from mtgintel.core.constants import (
    CONDITION_SCALES,
    MARKETPLACE_CURRENCIES,
    Currency,
    Side,
)

from .ingest.layout import COLUMNS, Layout
from .ingest.records import MAX_BYTES
from .models import CustomSource, Marketplace
from .services import VENDORS, StreamFacts

COLUMN = "column_"
# What the ledger and the command line call something else.
_TAKEN = {
    *VENDORS,
    *MARKETPLACE_CURRENCIES,
    "scryfall",
    "mtgjson",
    "ecb",
    "all",
    "demo",
}
# Where a problem of a layout is shown, if not at its column.
_SHOWN_AT = {"finish": "finish", "condition": "condition"}
_OF_STREAM = ("side", "currency", "price_basis", "freshness_hours", "website")

_ColumnFields = type(
    "_ColumnFields",
    (forms.Form,),
    {
        COLUMN + key: forms.CharField(label=column.label, required=False)
        for key, column in COLUMNS.items()
    },
)


class CustomSourceForm(forms.ModelForm, _ColumnFields):  # type: ignore[misc, valid-type]
    """A source with its marketplace and a field for everything a column may be."""

    url = forms.URLField(
        label="address",
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text="http:// or https://, of the public internet.",
    )
    condition_scale = forms.ChoiceField(
        choices=[(scale, scale) for scale in CONDITION_SCALES],
        help_text="Whose grades the condition column has: a Cardmarket “LP” is two "
        "grades worse than a TCGplayer one.",
    )
    side = forms.ChoiceField(choices=Side.choices)
    currency = forms.ChoiceField(choices=Currency.choices)
    price_basis = forms.CharField(
        max_length=200,
        help_text="What the number is, in words: “Asking price of what is in stock”.",
    )
    freshness_hours = forms.IntegerField(
        min_value=1,
        max_value=24 * 366,
        initial=48,
        help_text="Prices older than this are marked as stale.",
    )
    website = forms.URLField(required=False, assume_scheme="https")

    class Meta:
        model = CustomSource
        fields = (
            "name",
            "slug",
            "is_active",
            "url",
            "every_hours",
            "upload",
            "file_format",
            "records_path",
            "delimiter",
            "encoding",
            "decimal_mark",
            "unit",
            "finish",
            "condition",
            "condition_scale",
            "language",
            "zero_is_absent",
        )
        labels = {
            "is_active": "active",
            "every_hours": "read every … hours",
            "finish": "finish of all rows",
            "condition": "condition of all rows",
            "language": "language of all rows",
            "zero_is_absent": "a stock of 0 means: not on offer",
        }
        help_texts = {
            "slug": "What the command line and the API call it; it stays as it is.",
            "is_active": "While it is not, it is neither read nor shown. Look at the "
            "preview first.",
            "every_hours": "Empty: never unasked.",
            "upload": "A sample for the preview, or the list itself.",
            "records_path": "JSON: where the list of records is, such as data.items; "
            "empty if it is the whole file.",
            "delimiter": "Empty: found out from the first row.",
            "encoding": "Empty: found out from the file.",
            "unit": "What the list counts prices in.",
            "finish": "Where the column says nothing, or there is none.",
            "condition": "Where the column says nothing, or there is none.",
            "language": "Where the column says nothing; empty: the printing's own.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        source = self.instance
        for key in COLUMNS:
            self.initial.setdefault(COLUMN + key, source.columns.get(key, ""))
        if source.pk:
            for name in _OF_STREAM:
                self.initial[name] = getattr(source.marketplace, name)
            # Stored prices rely on what a stream is.
            for name in ("slug", "side", "currency"):
                self.fields[name].disabled = True

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if self.instance.pk:
            return slug
        if any(slug == taken or slug.startswith(f"{taken}-") for taken in _TAKEN):
            raise forms.ValidationError("This is the name of a source we know.")
        if Marketplace.objects.filter(slug=slug).exists():
            raise forms.ValidationError("There is a marketplace of this name.")
        return slug

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        parts = urlsplit(url)
        if url and parts.scheme not in ("http", "https"):
            raise forms.ValidationError("Only http:// and https:// are fetched.")
        if "@" in parts.netloc:
            raise forms.ValidationError("An address has no name or password in it.")
        return url

    def clean_upload(self) -> Any:
        upload = self.cleaned_data["upload"]
        if upload and upload.size > MAX_BYTES:
            raise forms.ValidationError(
                f"A price list has at most {MAX_BYTES // 1024**2} MB."
            )
        return upload

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("every_hours") and not given.get("url"):
            self.add_error("every_hours", "There is no address to read from.")
        for key, problem in self._layout(given).problems().items():
            self.add_error(_SHOWN_AT.get(key, COLUMN + key), problem)
        self.instance.columns = self._columns(given)
        return given

    def _layout(self, given: dict[str, Any]) -> Layout:
        return Layout(
            marketplace=given.get("slug", ""),
            currency=given.get("currency", ""),
            columns=self._columns(given),
            finish=given.get("finish", ""),
            condition=given.get("condition", ""),
            zero_is_absent=given.get("zero_is_absent", False),
        )

    def _columns(self, given: dict[str, Any]) -> dict[str, str]:
        return {key: given[COLUMN + key] for key in COLUMNS if given.get(COLUMN + key)}

    def stream(self) -> StreamFacts:
        return StreamFacts(**{name: self.cleaned_data[name] for name in _OF_STREAM})
