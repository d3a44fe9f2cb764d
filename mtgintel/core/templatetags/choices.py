"""Links that change one choice of a page and keep the others."""

from __future__ import annotations

from typing import Any, cast

from django import template
from django.http import QueryDict

from mtgintel.core.forms import Choice, ChoicesForm

register = template.Library()

# Another choice starts on the first page again.
_FORGOTTEN = ("page",)


@register.inclusion_tag("parts/segments.html", takes_context=True)
def segments(
    context: dict[str, Any], form: ChoicesForm, name: str, target: str = ""
) -> dict[str, Any]:
    """A choice of the form as a row of links.

    `target` is the id of the panel that a click replaces without a reload.
    """
    field, chosen = cast(Choice, form.fields[name]), form.chosen(name)
    links = [
        {
            "label": label,
            "url": _url(context, name, value),
            "is_chosen": value == chosen,
        }
        for value, label in field.options
    ]
    return {"name": name, "label": field.label, "links": links, "target": target}


@register.simple_tag(takes_context=True)
def url_with(context: dict[str, Any], name: str, value: object) -> str:
    """The page's own address with another value of one parameter."""
    return _url(context, name, value)


def _url(context: dict[str, Any], name: str, value: object) -> str:
    query: QueryDict = context["request"].GET.copy()
    for forgotten in _FORGOTTEN:
        query.pop(forgotten, None)
    query[name] = str(value)
    return f"?{query.urlencode()}"
