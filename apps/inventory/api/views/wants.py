"""What somebody looks for, for scripts."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, status
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.inventory.api.wants import (
    WantBody,
    WantListParams,
    WantPageSerializer,
    WantSerializer,
)
from apps.inventory.downloads import PRIVATE
from apps.inventory.models import Want
from apps.inventory.selectors.wants import totals_of, want_line, want_lines, want_of
from apps.inventory.services.wants import add_want, change_want, remove_want
from mtgintel.core.api.bodies import as_api_error
from mtgintel.core.api.errors import ErrorSerializer
from mtgintel.core.api.pages import page_heading, page_of
from mtgintel.core.api.params import QueryParams

from .own import ERRORS, OwnView

_NOT_FOUND = {404: ErrorSerializer, **ERRORS}


class WantListView(OwnView):
    throttle_scope = "read"
    parser_classes = [JSONParser]

    @extend_schema(
        operation_id="want_list",
        tags=["inventory"],
        summary="What you look for, with the cheapest live offer of each",
        parameters=[WantListParams],
        responses={200: WantPageSerializer, **_NOT_FOUND},
    )
    def get(self, request: Request) -> Response:
        wanted = WantListParams.parse(request.query_params)
        lines = want_lines(request.user)
        page = page_of(lines, **wanted)
        which = {"totals": totals_of(lines), "results": page.object_list}
        answer = WantPageSerializer(page_heading(request, page) | which)
        return Response(answer.data, headers=PRIVATE)

    @extend_schema(
        operation_id="want_list_add",
        tags=["inventory"],
        summary="Put a card on your want list",
        request=WantBody,
        responses={201: WantSerializer, **ERRORS},
    )
    def post(self, request: Request) -> Response:
        QueryParams.parse(request.query_params)
        wanted = WantBody.parse(request.data)
        try:
            want = add_want(owner=request.user, **wanted)
        except ValidationError as error:
            raise as_api_error(error) from None
        return _answer(want, status.HTTP_201_CREATED)


class WantView(OwnView):
    throttle_scope = "read"
    parser_classes = [JSONParser]

    @extend_schema(
        operation_id="want_list_line",
        tags=["inventory"],
        summary="A line of your want list",
        responses={200: WantSerializer, **_NOT_FOUND},
    )
    def get(self, request: Request, want_id: int) -> Response:
        QueryParams.parse(request.query_params)
        return _answer(_own(request, want_id))

    @extend_schema(
        operation_id="want_list_change",
        tags=["inventory"],
        summary="Change what you name of a line",
        request=WantBody(partial=True),
        responses={200: WantSerializer, **_NOT_FOUND},
    )
    def patch(self, request: Request, want_id: int) -> Response:
        QueryParams.parse(request.query_params)
        own = _own(request, want_id)
        changes = WantBody.parse(request.data, partial=True)
        try:
            change_want(want=own, **changes)
        except ValidationError as error:
            raise as_api_error(error) from None
        return _answer(own)

    @extend_schema(
        operation_id="want_list_remove",
        tags=["inventory"],
        summary="Take a line off your want list",
        responses={204: None, **_NOT_FOUND},
    )
    def delete(self, request: Request, want_id: int) -> Response:
        QueryParams.parse(request.query_params)
        remove_want(want=_own(request, want_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _answer(want: Want, code: int = status.HTTP_200_OK) -> Response:
    return Response(WantSerializer(want_line(want)).data, code, headers=PRIVATE)


def _own(request: Request, want_id: int) -> Want:
    try:
        return want_of(request.user, want_id)
    except Want.DoesNotExist:
        raise exceptions.NotFound(f"There is no line {want_id}.") from None
