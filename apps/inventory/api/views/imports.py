"""Files of a collection for scripts, from their upload to their holdings."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.inventory import tasks
from apps.inventory.api.serializers import (
    ImportRequestSerializer,
    ImportSerializer,
    ListedImportSerializer,
    as_json,
)
from apps.inventory.downloads import PRIVATE
from apps.inventory.formats import (
    FORMATS,
    MAX_BYTES,
    Options,
    UnknownFormatError,
    UnreadableFileError,
    decode,
    plain,
)
from apps.inventory.models import ImportBatch
from apps.inventory.selectors.imports import batch_of, imports_of
from apps.inventory.services import cancel, undo, upload
from mtgintel.core.api.errors import ErrorSerializer
from mtgintel.core.api.params import QueryParams

from .own import ERRORS, OwnView


class ImportsView(OwnView):
    parser_classes = [MultiPartParser, FormParser]

    @extend_schema(
        operation_id="inventory_imports",
        tags=["inventory"],
        summary="Your imports, the newest first; without their rows",
        responses={200: ListedImportSerializer(many=True), **ERRORS},
    )
    def get(self, request: Request) -> Response:
        QueryParams.parse(request.query_params)
        found = ListedImportSerializer(imports_of(request.user)[:100], many=True)
        return Response(found.data, headers=PRIVATE)

    @extend_schema(
        operation_id="inventory_import",
        tags=["inventory"],
        summary="Import a file of your collection",
        description="The format is found by the headings; `format` says it: "
        f"{', '.join(FORMATS)}. With `commit=true` what is matched is imported without "
        "a preview. The same file again is the import it was, unless `again=true`. "
        "Large files are done in the background: ask for the import until it is done.",
        request=ImportRequestSerializer,
        responses={200: ImportSerializer, **ERRORS},
    )
    def post(self, request: Request) -> Response:
        wanted = _wanted(request)
        text, filename = _text(wanted)
        try:
            batch = upload(
                owner=request.user,
                text=text,
                filename=filename,
                options=Options(
                    format=wanted.get("format", "").casefold(),
                    currency=wanted.get("currency", "").upper(),
                ),
                is_commit_wanted=wanted.get("commit", False),
                is_repeat=wanted.get("again", False),
            )
        except UnknownFormatError as error:
            raise exceptions.ValidationError({"format": [str(error)]}) from None
        except UnreadableFileError as error:
            raise exceptions.ValidationError({"file": [str(error)]}) from None
        return Response(as_json(tasks.proceed(batch, len(text))), headers=PRIVATE)


def _wanted(request: Request) -> dict[str, Any]:
    """The checked fields. Raises ValidationError; a name nobody knows is refused."""
    wanted = ImportRequestSerializer(data=request.data)
    allowed = ", ".join(wanted.fields)
    unknown = {
        name: [f"Unknown parameter; allowed: {allowed}."]
        for name in (*request.data, *request.query_params)
        if name not in wanted.fields
    }
    if unknown:
        raise exceptions.ValidationError(unknown)
    wanted.is_valid(raise_exception=True)
    return wanted.validated_data


def _text(wanted: dict[str, Any]) -> tuple[str, str]:
    """The text of what was sent, and the name of the file. Raises ValidationError."""
    file = wanted.get("file")
    try:
        if file is not None:
            return decode(file.read(MAX_BYTES + 1)), file.name or ""
        if "text" in wanted:
            return plain(wanted["text"]), ""
    except UnreadableFileError as error:
        raise exceptions.ValidationError({"file": [str(error)]}) from None
    raise exceptions.ValidationError({"file": ["Send a file, or a text."]})


class ImportView(OwnView):
    @extend_schema(
        operation_id="inventory_import_status",
        tags=["inventory"],
        summary="How an import is getting on",
        responses={200: ImportSerializer, 404: ErrorSerializer, **ERRORS},
    )
    def get(self, request: Request, batch_id: int) -> Response:
        QueryParams.parse(request.query_params)
        return Response(as_json(_own(request, batch_id)), headers=PRIVATE)


class ImportActionView(OwnView):
    """Import, stop or take back what a file brought."""

    parser_classes = [MultiPartParser, FormParser]

    @extend_schema(
        operation_id="inventory_import_action",
        tags=["inventory"],
        summary="Import what is matched, cancel, or undo an import",
        parameters=[
            OpenApiParameter(
                "action", str, OpenApiParameter.PATH, enum=["commit", "cancel", "undo"]
            )
        ],
        request=None,
        responses={200: ImportSerializer, 404: ErrorSerializer, **ERRORS},
    )
    def post(self, request: Request, batch_id: int, action: str) -> Response:
        batch = _own(request, batch_id)
        if action == "commit":
            tasks.commit_now_or_later(batch)
        elif action == "cancel":
            cancel(batch=batch)
        else:
            undo(batch=batch)
        return Response(as_json(_own(request, batch_id)), headers=PRIVATE)


def _own(request: Request, batch_id: int) -> ImportBatch:
    try:
        return batch_of(request.user, batch_id)
    except ImportBatch.DoesNotExist:
        raise exceptions.NotFound(f"There is no import {batch_id}.") from None
