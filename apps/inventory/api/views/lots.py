"""Lots, what went of them, and many changed at once, for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, status
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.inventory.api.lots import (
    BulkBody,
    ChangedSerializer,
    DisposalBody,
    DisposalPageSerializer,
    DisposalSerializer,
    DisposalsParams,
    LotBody,
    LotDetailSerializer,
    LotSerializer,
    NewLotBody,
    UndoneSerializer,
    WorthSerializer,
    edit_of,
)
from apps.inventory.downloads import PRIVATE
from apps.inventory.models import Change, Disposal, Lot
from apps.inventory.selectors.lots import lot_of, missing_ids
from apps.inventory.selectors.sales import (
    Sales,
    SalesQuery,
    left_of_lot,
    sales_of_lot,
)
from apps.inventory.selectors.values import Holdings, HoldingsQuery
from apps.inventory.services.bulk import delete_lots, edit_lots
from apps.inventory.services.changes import undo_change
from apps.inventory.services.disposals import Departure, dispose, undo_disposals
from apps.inventory.services.lots import add_lot, delete_lot, edit_lot
from apps.settings.selectors import preferences_of
from mtgintel.core.api.bodies import as_api_error
from mtgintel.core.api.errors import ErrorSerializer
from mtgintel.core.api.pages import page_heading, page_of
from mtgintel.core.api.params import QueryParams

from .own import ERRORS, OwnView

_NOT_FOUND = {404: ErrorSerializer, **ERRORS}


@contextmanager
def _complaining() -> Iterator[None]:
    """What a service found wrong is a 400 that names its fields."""
    try:
        yield
    except ValidationError as error:
        raise as_api_error(error) from None


class LotsView(OwnView):
    parser_classes = [JSONParser]

    @extend_schema(
        operation_id="inventory_lot_add",
        tags=["inventory"],
        summary="Add copies of a card",
        request=NewLotBody,
        responses={201: LotSerializer, **ERRORS},
    )
    def post(self, request: Request) -> Response:
        QueryParams.parse(request.query_params)
        wanted = NewLotBody.parse(request.data)
        with _complaining():
            lot = add_lot(owner=request.user, **wanted)
        created = status.HTTP_201_CREATED
        return Response(LotSerializer(lot).data, created, headers=PRIVATE)


class LotView(OwnView):
    parser_classes = [JSONParser]

    @extend_schema(
        operation_id="inventory_lot",
        tags=["inventory"],
        summary="Everything about a lot, with what went of it",
        responses={200: LotDetailSerializer, **_NOT_FOUND},
    )
    def get(self, request: Request, lot_id: int) -> Response:
        QueryParams.parse(request.query_params)
        return _detail(request, _own(request, lot_id))

    @extend_schema(
        operation_id="inventory_lot_edit",
        tags=["inventory"],
        summary="Change what you name of a lot",
        request=LotBody(partial=True),
        responses={200: LotDetailSerializer, **_NOT_FOUND},
    )
    def patch(self, request: Request, lot_id: int) -> Response:
        QueryParams.parse(request.query_params)
        own = _own(request, lot_id)
        changes = LotBody.parse(request.data, partial=True)
        with _complaining():
            edit_lot(owner=request.user, lot_id=own.pk, **changes)
        return _detail(request, _own(request, lot_id))

    @extend_schema(
        operation_id="inventory_lot_delete",
        tags=["inventory"],
        summary="Delete a lot and what is recorded of its sales",
        responses={200: ChangedSerializer, **_NOT_FOUND},
    )
    def delete(self, request: Request, lot_id: int) -> Response:
        QueryParams.parse(request.query_params)
        change = delete_lot(owner=request.user, lot_id=_own(request, lot_id).pk)
        return _changed(change)


class LotDisposalsView(OwnView):
    parser_classes = [JSONParser]

    @extend_schema(
        operation_id="inventory_dispose",
        tags=["inventory"],
        summary="Copies of a lot were sold, traded or given away",
        request=DisposalBody,
        responses={201: DisposalSerializer(many=True), **_NOT_FOUND},
    )
    def post(self, request: Request, lot_id: int) -> Response:
        QueryParams.parse(request.query_params)
        own, said = _own(request, lot_id), DisposalBody.parse(request.data)
        is_of_all = said.pop("of_all_alike", False)
        with _complaining():
            made = dispose(
                owner=request.user,
                lot_id=own.pk,
                went=Departure(**said),
                is_of_all_alike=is_of_all,
            )
        sales = Sales(request.user, SalesQuery()).of([one.pk for one in made])
        answer = DisposalSerializer(sales, many=True)
        return Response(answer.data, status.HTTP_201_CREATED, headers=PRIVATE)


class DisposalsView(OwnView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="inventory_disposals",
        tags=["inventory"],
        summary="What you sold, traded and gave away, and what you gained",
        parameters=[DisposalsParams],
        responses={200: DisposalPageSerializer, **_NOT_FOUND},
    )
    def get(self, request: Request) -> Response:
        wanted = DisposalsParams.parse(request.query_params)
        pages = {"page": wanted.pop("page"), "page_size": wanted.pop("page_size")}
        found = Sales(request.user, SalesQuery(**wanted))
        page = page_of(found, **pages)
        which = {"method": found.method, "totals": found.totals}
        answer = DisposalPageSerializer(
            page_heading(request, page) | which | {"results": page.object_list}
        )
        return Response(answer.data, headers=PRIVATE)


class DisposalView(OwnView):
    @extend_schema(
        operation_id="inventory_disposal_undo",
        tags=["inventory"],
        summary="Take a disposal back: its copies are held again",
        responses={204: None, **_NOT_FOUND},
    )
    def delete(self, request: Request, disposal_id: int) -> Response:
        QueryParams.parse(request.query_params)
        try:
            undo_disposals(owner=request.user, ids=[disposal_id])
        except Disposal.DoesNotExist:
            message = f"There is no disposal {disposal_id}."
            raise exceptions.NotFound(message) from None
        return Response(status=status.HTTP_204_NO_CONTENT)


class BulkView(OwnView):
    parser_classes = [JSONParser]

    @extend_schema(
        operation_id="inventory_lots_bulk",
        tags=["inventory"],
        summary="Change or delete many lots at once",
        description="All of them or, where one of the ids is not yours, none.",
        request=BulkBody,
        responses={200: ChangedSerializer, **_NOT_FOUND},
    )
    def post(self, request: Request) -> Response:
        QueryParams.parse(request.query_params)
        said = BulkBody.parse(request.data)
        ids = _chosen(request, said)
        if said.get("delete"):
            return _changed(delete_lots(owner=request.user, ids=ids))
        with _complaining():
            done = edit_lots(owner=request.user, ids=ids, edit=edit_of(said["set"]))
        return _changed(done.change, done.kept)


class UndoView(OwnView):
    @extend_schema(
        operation_id="inventory_change_undo",
        tags=["inventory"],
        summary="Take back a change or deletion of lots",
        request=None,
        responses={200: UndoneSerializer, **_NOT_FOUND},
    )
    def post(self, request: Request, change_id: int) -> Response:
        QueryParams.parse(request.query_params)
        try:
            done = undo_change(owner=request.user, change_id=change_id)
        except Change.DoesNotExist:
            message = f"There is no change {change_id} that can be undone."
            raise exceptions.NotFound(message) from None
        return Response(UndoneSerializer(done).data, headers=PRIVATE)


def _chosen(request: Request, said: dict[str, Any]) -> list[int]:
    """The ids that are meant. Raises NotFound where one is none of theirs."""
    if "filter" in said:
        currency = preferences_of(request.user).currency
        wanted = HoldingsQuery(**{"currency": currency} | said["filter"])
        return Holdings(request.user, wanted).ids
    ids: list[int] = said["ids"]
    missing = missing_ids(request.user, ids)
    if missing:
        raise exceptions.NotFound(f"There is no lot {missing[0]}.")
    return ids


def _detail(request: Request, lot: Lot) -> Response:
    sales, costs = sales_of_lot(request.user, lot)
    answer = LotSerializer(lot).data | {
        "method": preferences_of(request.user).cost_basis,
        "left": WorthSerializer(left_of_lot(request.user, lot, costs)).data,
        "disposals": DisposalSerializer(sales, many=True).data,
    }
    return Response(answer, headers=PRIVATE)


def _changed(change: Change, kept: int = 0) -> Response:
    answer = {"change": change.pk, "lots": change.lots, "kept": kept}
    return Response(ChangedSerializer(answer).data, headers=PRIVATE)


def _own(request: Request, lot_id: int) -> Lot:
    try:
        return lot_of(request.user, lot_id)
    except Lot.DoesNotExist:
        raise exceptions.NotFound(f"There is no lot {lot_id}.") from None
