"""Many lots changed alike, each owner's as the owner would."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import get_user_model
from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse

from apps.inventory.services.bulk import LotsEdit, edit_lots
from mtgintel.core.constants import Condition, Finish, Language

_AS_IT_IS = ("", "as it is")


def by_owner(lots: Any) -> Iterator[tuple[Any, list[int]]]:
    """The owners of lots, each with the ids of theirs."""
    rows = lots.order_by().values_list("owner").annotate(ids=ArrayAgg("pk"))
    ids = dict(rows)
    owners = get_user_model().objects.in_bulk(ids)
    yield from ((owners[owner], ids[owner]) for owner in sorted(ids))


class TogetherForm(forms.Form):
    """What becomes of lots; what is left open stays as it is."""

    condition = forms.ChoiceField(
        choices=[_AS_IT_IS, *Condition.choices], required=False
    )
    finish = forms.ChoiceField(choices=[_AS_IT_IS, *Finish.choices], required=False)
    language = forms.ChoiceField(choices=[_AS_IT_IS, *Language.choices], required=False)
    binder = forms.CharField(max_length=120, required=False)
    no_binder = forms.BooleanField(label="In no binder", required=False)
    for_trade = forms.ChoiceField(
        choices=[_AS_IT_IS, ("all", "all copies that are held"), ("none", "none")],
        required=False,
    )
    add_tags = SimpleArrayField(
        forms.CharField(), required=False, help_text="With commas between them."
    )
    remove_tags = SimpleArrayField(
        forms.CharField(), required=False, help_text="With commas between them."
    )

    @property
    def edit(self) -> LotsEdit:
        said = self.cleaned_data
        binder = "" if said["no_binder"] else said["binder"] or None
        return LotsEdit(
            condition=said["condition"],
            finish=said["finish"],
            language=said["language"],
            binder=binder,
            is_for_trade={"all": True, "none": False}.get(said["for_trade"]),
            add_tags=tuple(said["add_tags"]),
            remove_tags=tuple(said["remove_tags"]),
        )


def edit_page(
    model_admin: admin.ModelAdmin, request: HttpRequest, lots: Any
) -> HttpResponseBase | None:
    """Ask what becomes of the lots, then do it: None once it is done."""
    is_sent = "apply" in request.POST
    form = TogetherForm(request.POST if is_sent else None, label_suffix="")
    if form.is_valid() and _is_done(model_admin, request, lots, form):
        return None
    return TemplateResponse(
        request,
        "admin/inventory/lot/edit_together.html",
        {
            **model_admin.admin_site.each_context(request),
            "title": "Edit lots together",
            "opts": model_admin.opts,
            "form": form,
            "lots": lots.count(),
            "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "across": request.POST.get("select_across", "0"),
            "checkbox": ACTION_CHECKBOX_NAME,
        },
        status=400 if is_sent else 200,
    )


def _is_done(
    model_admin: admin.ModelAdmin, request: HttpRequest, lots: Any, form: TogetherForm
) -> bool:
    try:
        changed, kept = _edit(lots, form.edit)
    except ValidationError as error:
        for name, complaints in error.message_dict.items():
            form.add_error(name if name in form.fields else None, complaints)
        return False
    stay = f" {kept:,} stay: their card does not exist like that." if kept else ""
    messages.success(request, f"{changed:,} lots changed.{stay}")
    return True


@transaction.atomic
def _edit(lots: Any, edit: LotsEdit) -> tuple[int, int]:
    """How many lots were changed, and how many were left as they were."""
    done = [edit_lots(owner=owner, ids=ids, edit=edit) for owner, ids in by_owner(lots)]
    return sum(one.change.lots for one in done), sum(one.kept for one in done)
