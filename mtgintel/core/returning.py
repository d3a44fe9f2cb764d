"""The way back to the page a form was sent from."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def way_back(request: HttpRequest) -> str:
    """The form's `next` if that is a page of ours, the front page otherwise."""
    back = request.POST.get("next", "/")
    host = {request.get_host()}
    return back if url_has_allowed_host_and_scheme(back, allowed_hosts=host) else "/"
