"""How signals are written on a page."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.signals.figures import slug_of
from mtgintel.core.templatetags.figures import NOTHING

register = template.Library()
register.filter("slug", slug_of)


@register.simple_tag
def ratio(value: float | None) -> SafeString:
    """0.5731 -> "57.3 %"; a dash without one."""
    if value is None:
        return format_html("<span>{}</span>", NOTHING)
    text = f"{100 * value:.1f}"
    return format_html('<data value="{}">{}&nbsp;%</data>', text, text)


@register.simple_tag
def grade(value: float) -> SafeString:
    """0.734 -> "0.73", beside a bar as long."""
    return format_html(
        '<data class="grade" value="{}"><svg class="grade__bar" aria-hidden="true">'
        '<rect width="{}%" height="100%"></rect></svg>{}</data>',
        value,
        round(100 * value),
        f"{value:.2f}",
    )
