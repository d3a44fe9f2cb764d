"""Letters: one for all that is to be told at once."""

from __future__ import annotations

from collections.abc import Sequence
from smtplib import SMTPException

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from .models import Firing

_SALT = "alerts.unsubscribe"
# What a letter lists; the page has all.
MAX_LISTED = 50


class NoAddressError(ValueError):
    """Somebody has no address that is known to be theirs."""


def address_of(owner_id: int) -> str:
    """Their primary verified address. Raises NoAddressError."""
    rows = EmailAddress.objects.filter(user_id=owner_id, verified=True)
    found = rows.order_by("-primary").values_list("email", flat=True).first()
    if found is None:
        raise NoAddressError("there is no verified e-mail address to send to")
    return str(found)


def unsubscribe_url(owner_id: int) -> str:
    """A link that ends the letters to somebody, without logging in."""
    token = signing.dumps(owner_id, salt=_SALT)
    return settings.SITE_URL + reverse("alerts:unsubscribe", args=[token])


def owner_of(token: str) -> int:
    """Whose letters a link ends. Raises signing.BadSignature."""
    owner_id: int = signing.loads(token, salt=_SALT)
    return owner_id


def send(owner_id: int, firings: Sequence[Firing]) -> str:
    """Send a letter; "" or why it could not be."""
    end = unsubscribe_url(owner_id)
    count = len(firings)
    subject = firings[0].title if count == 1 else f"{count} alerts fired"
    text = render_to_string(
        "alerts/mail.txt",
        {
            "firings": firings[:MAX_LISTED],
            "rest": max(0, count - MAX_LISTED),
            "alerts_url": settings.SITE_URL + reverse("alerts:list"),
            "unsubscribe_url": end,
        },
    )
    try:
        EmailMessage(
            subject=f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{_line(subject)}",
            body=text,
            to=[address_of(owner_id)],
            headers={
                "List-Unsubscribe": f"<{end}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        ).send()
    except NoAddressError as error:
        return str(error)
    except (SMTPException, OSError) as error:
        return f"{type(error).__name__}: {error}"[:200]
    return ""


def _line(text: str) -> str:
    """A subject is one line, and not a long one."""
    return " ".join(text.split())[:150]
