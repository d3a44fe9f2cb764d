"""One's alerts: the list, making and changing them, what can be done with them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from apps.alerts import tasks
from apps.alerts.forms import AlertForm, SnoozeForm
from apps.alerts.kinds import PRICE, RECOMMENDATION
from apps.alerts.limits import may_test
from apps.alerts.models import Alert
from apps.alerts.pages import form_page, kind_links, list_page
from apps.alerts.selectors.rules import alert_of
from apps.alerts.services.rules import (
    change_alert,
    create_alert,
    delete_alert,
    fire_test,
    mark_seen,
    pause,
    rearm,
    resume,
    snooze,
)
from apps.cards.models import Card
from apps.cards.selectors import get_card
from apps.settings.selectors import preferences_for
from mtgintel.core.constants import Finish


@never_cache
@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All alerts, and what fired last."""
    return render(request, "alerts/list.html", list_page(request))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Make one of the kind in the address, about the card in it."""
    card = _card(request.GET.get("card", ""))
    kind = _kind(request.GET.get("kind", ""), card)
    is_sent = request.method == "POST"
    form = AlertForm(
        kind, card, request.POST if is_sent else None, _proposed(request, card)
    )
    if is_sent and _saved(form, create_alert, owner=request.user, kind=kind):
        messages.success(request, "The alert is armed.")
        return redirect("alerts:list")
    return _form(request, form, is_sent=is_sent)


def _card(name: str) -> Card | None:
    if not name:
        return None
    try:
        return get_card(name)
    except Card.DoesNotExist:
        raise Http404 from None


def _kind(name: str, card: Card | None) -> str:
    """The one asked for, where it can be made of this card, or without one."""
    known = [one for one, _ in kind_links(card)]
    return name if name in known else (PRICE if card else RECOMMENDATION)


def _proposed(request: HttpRequest, card: Card | None) -> dict[str, Any]:
    """What the address and the owner's preferences propose."""
    asked = request.GET.get("finish", "")
    found: dict[str, Any] = {"currency": preferences_for(request).currency}
    if card and asked in Finish.values:
        found["finish"] = asked
    return found


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, alert_id: int) -> HttpResponse:
    own, is_sent = _own(request, alert_id), request.method == "POST"
    form = AlertForm.of(own, request.POST if is_sent else None)
    if is_sent and _saved(form, change_alert, alert=own):
        messages.success(request, "The alert is saved.")
        return redirect("alerts:list")
    return _form(request, form, alert=own, is_sent=is_sent)


def _saved(form: AlertForm, save: Any, **subject: Any) -> bool:
    """Whether it was; what was wrong is said in the form."""
    if not form.is_valid():
        return False
    try:
        save(**subject, **form.wanted())
    except ValidationError as error:
        _tell(form, error)
        return False
    return True


def _tell(form: AlertForm, error: ValidationError) -> None:
    """Beside its field where the form has it."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)


def _form(
    request: HttpRequest, form: AlertForm, *, alert: Alert | None = None, is_sent: bool
) -> HttpResponse:
    status = 400 if is_sent else 200
    return render(request, "alerts/form.html", form_page(form, alert), status=status)


@login_required
@require_POST
def act(request: HttpRequest, alert_id: int, action: str) -> HttpResponse:
    """Pause, resume, snooze, re-arm, try or delete it."""
    own = _own(request, alert_id)
    messages.info(request, _ACTIONS[action](request, own))
    return redirect("alerts:list")


def _pause(request: HttpRequest, alert: Alert) -> str:
    pause(alert=alert)
    return f"{alert} is paused."


def _resume(request: HttpRequest, alert: Alert) -> str:
    resume(alert=alert)
    return f"{alert} goes on."


def _snooze(request: HttpRequest, alert: Alert) -> str:
    form = SnoozeForm(request.POST)
    if not form.is_valid():
        return "Choose how long it is to be silent."
    snooze(alert=alert, until=form.until)
    return f"{alert} says nothing until {form.until:%Y-%m-%d %H:%M} UTC."


def _rearm(request: HttpRequest, alert: Alert) -> str:
    rearm(alert=alert)
    return f"{alert} may fire again, once its value has gone back."


def _test(request: HttpRequest, alert: Alert) -> str:
    if not may_test(request.user):
        return "Those were many tests: wait an hour."
    ways = fire_test(alert=alert)
    if ways:
        tasks.send_soon()
    others = f", and goes out by {ways} more way{'s' * (ways > 1)}" if ways else ""
    return f"A test was fired here{others}."


def _delete(request: HttpRequest, alert: Alert) -> str:
    delete_alert(alert=alert)
    return f"{alert} is deleted; what it fired stays in the log."


_ACTIONS = {
    "pause": _pause,
    "resume": _resume,
    "snooze": _snooze,
    "rearm": _rearm,
    "test": _test,
    "delete": _delete,
}


@login_required
@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """Everything that fired has been looked at."""
    mark_seen(owner=request.user)
    return redirect("alerts:list")


def _own(request: HttpRequest, alert_id: int) -> Alert:
    try:
        return alert_of(request.user, alert_id)
    except Alert.DoesNotExist:
        raise Http404 from None
