"""HTTP and websockets under ASGI."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mtgintel.settings.dev")

# Sets Django up, which what follows needs to be imported.
http = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter  # noqa: E402

from apps.settings.services import user_of_token  # noqa: E402
from mtgintel.core.live.origin import SameOrigin  # noqa: E402
from mtgintel.core.live.tokens import TokenUser  # noqa: E402
from mtgintel.routing import websocket_routes  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": SameOrigin(
            AuthMiddlewareStack(TokenUser(websocket_routes, find=user_of_token))
        ),
    }
)
