"""What somebody says of their lots: one by one, many at once, and of what went."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone

from apps.cards.models import Card
from apps.prices.forms import ANY, AmountField
from mtgintel.core.constants import Condition, Finish, Language
from mtgintel.core.forms import Choice, ChoicesForm

from .formats.cells import read_tags
from .forms import CURRENCIES
from .models import Disposal, Lot
from .models.lots import MAX_COPIES, MAX_NOTES
from .selectors.sales import SalesQuery
from .services.bulk import LotsEdit
from .services.choices import finishes_of
from .services.disposals import Departure

_AS_IT_IS = ("", "as it is")
_FLAGS = ("is_signed", "is_altered", "is_proxy", "is_misprint")


def _currencies(known: Iterable[str | None]) -> list[tuple[str, str]]:
    return [(one, one) for one in dict.fromkeys([*CURRENCIES, *filter(None, known)])]


def _date(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def _copies(label: str, least: int = 1, **options: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=least, max_value=MAX_COPIES, **options
    )


class _WriteForm(forms.Form):
    """A form whose service has the last word. `ids` tells its fields from those of
    other forms of a page."""

    ids = "lot"

    def __init__(self, data: Any = None, initial: Any = None) -> None:
        auto_id = f"{self.ids}_%s"
        super().__init__(data, initial=initial, label_suffix="", auto_id=auto_id)

    def saved(self, save: Callable[[], Any]) -> Any:
        """What `save` gives; None where the form says what is wrong."""
        if not self.is_valid():
            return None
        try:
            return save()
        except ValidationError as error:
            for name, complaints in error.message_dict.items():
                field = name if name in self.fields else None
                self.add_error(field, complaints)
            return None

    @property
    def complaints(self) -> list[Any]:
        """What is wrong, each with the label of its field."""
        return [
            complaint
            if name == NON_FIELD_ERRORS
            else f"{self[name].label}: {complaint}"
            for name, complaints in self.errors.items()
            for complaint in complaints
        ]


class LotForm(_WriteForm):
    """All that can be said of copies of a card."""

    quantity = _copies("Copies", initial=1)
    finish = forms.ChoiceField(label="Finish")
    condition = forms.ChoiceField(
        label="Condition", choices=Condition.choices, initial=Condition.NEAR_MINT
    )
    language = forms.ChoiceField(label="Language")
    unit_cost = AmountField("Cost of a copy")
    cost_currency = forms.ChoiceField(label="Currency")
    acquired_on = _date("Got on")
    source = forms.CharField(label="From", max_length=120, required=False)
    binder = forms.CharField(label="Binder", max_length=120, required=False)
    tags = forms.CharField(
        label="Tags, with commas between them", max_length=3_000, required=False
    )
    for_trade = _copies("Copies for trade", least=0, required=False)
    grade = forms.CharField(
        label="Grade, if graded",
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "PSA 9"}),
    )
    is_signed = forms.BooleanField(label="Signed", required=False)
    is_altered = forms.BooleanField(label="Altered", required=False)
    is_proxy = forms.BooleanField(label="Proxy", required=False)
    is_misprint = forms.BooleanField(label="Misprint", required=False)
    notes = forms.CharField(
        label="Notes",
        max_length=MAX_NOTES,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, card: Card, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        finishes = [(one, Finish(one).label) for one in finishes_of(card)]
        self._choose("finish", finishes)
        is_for_all = card.language == Language.ENGLISH
        self._choose(
            "language",
            Language.choices
            if is_for_all
            else [(card.language, card.get_language_display())],
        )
        self._choose("cost_currency", _currencies([self.initial.get("cost_currency")]))

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    @classmethod
    def of(cls, lot: Lot, data: Any = None, currency: str = "") -> LotForm:
        """What is said of a lot now; `currency` is offered while no cost is known."""
        initial = {name: getattr(lot, name) for name in cls.base_fields}
        initial["tags"] = ", ".join(lot.tags)
        initial["cost_currency"] = lot.cost_currency or currency
        return cls(lot.card, data, initial)

    @property
    def said(self) -> dict[str, Any]:
        """The fields of the lot."""
        said = dict(self.cleaned_data)
        if said["unit_cost"] is None:
            said["cost_currency"] = ""
        return said | {
            "tags": list(read_tags(said["tags"])),
            "for_trade": said["for_trade"] or 0,
        }

    @property
    def flags(self) -> list[forms.BoundField]:
        return [self[name] for name in _FLAGS]


class InlineForm(_WriteForm):
    """What is edited in the list. `quantity` is of copies that are held."""

    quantity = _copies("Copies")
    condition = forms.ChoiceField(label="Condition", choices=Condition.choices)
    unit_cost = AmountField("Cost each")
    cost_currency = forms.CharField(label="Currency", max_length=3)

    def changes(self, lot: Lot) -> dict[str, Any]:
        """The fields of the lot that differ from it."""
        said = dict(self.cleaned_data)
        said["quantity"] += lot.disposed
        if said["unit_cost"] is None:
            said["cost_currency"] = ""
        return said


class BulkForm(_WriteForm):
    """What becomes of many lots; what is left empty stays as it is."""

    ids = "bulk"
    condition = Choice([_AS_IT_IS, *Condition.choices], label="Condition")
    finish = Choice([_AS_IT_IS, *Finish.choices], label="Finish")
    language = Choice([_AS_IT_IS, *Language.choices], label="Language")
    for_trade = Choice(
        [_AS_IT_IS, ("yes", "all copies"), ("no", "none")], label="For trade"
    )
    binder = forms.CharField(
        label="Binder",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"list": "binders"}),
    )
    no_binder = forms.BooleanField(label="Out of their binder", required=False)
    add_tags = forms.CharField(label="Add tags", max_length=1_000, required=False)
    remove_tags = forms.CharField(label="Remove tags", max_length=1_000, required=False)
    unit_cost = AmountField("Cost each")
    cost_currency = forms.ChoiceField(
        label="Currency", choices=_currencies([]), required=False
    )
    cost_unknown = forms.BooleanField(label="Cost unknown", required=False)

    @property
    def edit(self) -> LotsEdit:
        said = self.cleaned_data
        cost = said["unit_cost"]
        return LotsEdit(
            condition=said["condition"],
            finish=said["finish"],
            language=said["language"],
            binder="" if said["no_binder"] else said["binder"] or None,
            add_tags=read_tags(said["add_tags"]),
            remove_tags=read_tags(said["remove_tags"]),
            is_for_trade=said["for_trade"] == "yes" if said["for_trade"] else None,
            unit_cost=cost,
            cost_currency="" if cost is None else said["cost_currency"],
            is_cost_unknown=said["cost_unknown"],
        )


class SellForm(_WriteForm):
    """Copies that went."""

    ids = "sell"
    quantity = _copies("Copies", initial=1)
    kind = forms.ChoiceField(label="They were", choices=Disposal.Kind.choices)
    unit_proceeds = AmountField("For a copy, if you know")
    currency = forms.ChoiceField(label="Currency", choices=_currencies([]))
    disposed_on = _date("On")
    recipient = forms.CharField(label="To", max_length=120, required=False)
    is_of_all_alike = forms.BooleanField(
        label="From all my lots of such copies, the oldest first", required=False
    )

    @classmethod
    def starting(cls, currency: str) -> SellForm:
        today = timezone.localdate()
        return cls(initial={"currency": currency, "disposed_on": today})

    @property
    def went(self) -> Departure:
        said = self.cleaned_data
        proceeds = said["unit_proceeds"]
        return Departure(
            quantity=said["quantity"],
            kind=said["kind"],
            unit_proceeds=proceeds,
            currency="" if proceeds is None else said["currency"],
            disposed_on=said["disposed_on"],
            recipient=said["recipient"],
        )


class SplitForm(_WriteForm):
    ids = "split"
    quantity = _copies("Copies for a lot of their own", initial=1)


class FindCardForm(ChoicesForm):
    """The card of which copies are to be added."""

    q = forms.CharField(label="Name, or set and number", max_length=100, required=False)


class SalesForm(ChoicesForm):
    """Which disposals; a bad value is reported and left out."""

    q = forms.CharField(label="Name", max_length=100, required=False)
    year = forms.IntegerField(
        label="Year", min_value=1993, max_value=9999, required=False
    )
    currency = Choice([ANY, *_currencies([])], label="Brought")
    kind = Choice([ANY, *Disposal.Kind.choices], label="How")
    ordering = Choice(
        [
            ("-date", "Newest"),
            ("date", "Oldest"),
            ("-gain", "Largest gain"),
            ("gain", "Largest loss"),
            ("-proceeds", "Most brought"),
        ],
        label="First",
    )

    def query(self) -> SalesQuery:
        self.is_valid()
        given = {k: v for k, v in self.cleaned_data.items() if v not in ("", None)}
        return SalesQuery(**given)
