"""Where websockets go, as urls.py says it for HTTP."""

from channels.routing import URLRouter
from channels.security.websocket import WebsocketDenier
from django.urls import re_path

from mtgintel.core.live.consumer import LiveConsumer

websocket_routes = URLRouter(
    [
        re_path(r"^api/ws/?$", LiveConsumer.as_asgi()),
        re_path(r"", WebsocketDenier.as_asgi()),
    ]
)
