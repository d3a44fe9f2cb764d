"""What every route of somebody's own things shares."""

from __future__ import annotations

from rest_framework.permissions import IsAuthenticated
from rest_framework.views import APIView

from mtgintel.core.api.errors import ErrorSerializer

ERRORS = {400: ErrorSerializer, 401: ErrorSerializer}


class OwnView(APIView):
    """What only its owner sees: another's id is one there is not."""

    permission_classes = [IsAuthenticated]
