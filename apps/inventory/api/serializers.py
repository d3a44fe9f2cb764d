"""Imports in JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.inventory.models import ImportBatch
from apps.inventory.selectors.imports import errors_of


class CandidateSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    scryfall_id = serializers.CharField()
    name = serializers.CharField()
    set = serializers.CharField()
    collector_number = serializers.CharField()
    finishes = serializers.ListField(child=serializers.CharField())


class RowErrorSerializer(serializers.Serializer):
    """A row that was not imported: `outcome` is AMBIGUOUS or REJECTED."""

    row = serializers.IntegerField()
    outcome = serializers.CharField()
    reason = serializers.CharField()
    name = serializers.CharField()
    raw = serializers.DictField(child=serializers.CharField())
    candidates = CandidateSerializer(many=True)


class ListedImportSerializer(serializers.Serializer):
    """`rows` are those of the file; a row may be several holdings, and the other
    counts are of those."""

    id = serializers.IntegerField()
    format = serializers.CharField()
    filename = serializers.CharField()
    status = serializers.ChoiceField(choices=ImportBatch.Status.choices)
    rows = serializers.IntegerField()
    done = serializers.IntegerField()
    imported = serializers.IntegerField()
    matched = serializers.IntegerField()
    ambiguous = serializers.IntegerField()
    rejected = serializers.IntegerField()
    present = serializers.IntegerField()
    skipped = serializers.IntegerField()
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    committed_at = serializers.DateTimeField(allow_null=True)


class ImportSerializer(ListedImportSerializer):
    """`errors` are of the first rows that were not imported."""

    def get_fields(self) -> dict[str, Any]:
        # As an attribute it would hide what a serializer calls its own errors.
        return super().get_fields() | {"errors": RowErrorSerializer(many=True)}


class ImportRequestSerializer(serializers.Serializer):
    """A file, or the text of one. Without `commit` it is matched and waits."""

    file = serializers.FileField(required=False)
    text = serializers.CharField(required=False)
    format = serializers.CharField(required=False)
    currency = serializers.RegexField("^[A-Za-z]{3}$", required=False)
    commit = serializers.BooleanField(required=False)
    again = serializers.BooleanField(required=False)


def as_json(batch: ImportBatch) -> dict[str, Any]:
    """A batch as ImportSerializer says, its rows' errors with it."""
    errors = RowErrorSerializer(errors_of(batch), many=True).data
    return {**ListedImportSerializer(batch).data, "errors": errors}
