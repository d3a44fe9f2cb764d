"""How ratios of a track record are written."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.recommendations.selectors import percent_of
from mtgintel.core.templatetags.figures import NOTHING, change

register = template.Library()


@register.simple_tag
def gain(ratio: float | None) -> SafeString:
    """0.042 -> "+4.2%" with its direction; a dash without one."""
    return change(percent_of(ratio))


@register.simple_tag
def rate(ratio: float | None) -> SafeString:
    """0.733 -> "73.3 %"; a dash without one."""
    if ratio is None:
        return format_html("<span>{}</span>", NOTHING)
    text = f"{100 * ratio:.1f}"
    return format_html('<data value="{}">{}&nbsp;%</data>', text, text)
