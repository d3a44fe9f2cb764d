"""The API does what its OpenAPI document says, whatever it is asked."""

from __future__ import annotations

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from mtgintel.core import heartbeat

from .conftest import World

pytestmark = pytest.mark.django_db

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 3


@pytest.fixture(autouse=True)
def _one_connection():
    """A request that ends does not end the connection of the test; a worker lives."""
    heartbeat.beat()
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


# As it is served, of an application in this process.
schema = schemathesis.openapi.from_wsgi(
    "/api/schema?format=json", get_wsgi_application()
)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_operation(case, world: World):
    response = case.call(headers={"Authorization": f"Token {world.token}"})
    case.validate_response(response, checks=CHECKS)
