"""The end of a session, and of an account."""

from __future__ import annotations

from importlib import import_module

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from axes.utils import reset
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import ProtectedError

from apps.settings.selectors.preferences import scope_of
from mtgintel.core import cache


class AccountOnRecordError(Exception):
    """The account decided about prices, and the record names who did."""


@transaction.atomic
def end_session(*, user: AbstractUser, session_id: int) -> bool:
    """Log one device of the user out; whether there was such a session."""
    session = UserSession.objects.filter(user_id=user.pk, pk=session_id).first()
    if session is None:
        return False
    session.end()
    return True


@transaction.atomic
def delete_account(*, user: AbstractUser) -> None:
    """Delete a user with everything owned, end their sessions, forget their tries.

    What belongs to somebody says so by a foreign key that cascades. Raises
    AccountOnRecordError for staff whose decisions about prices are on record: nothing
    is deleted then.
    """
    user_id, names = user.pk, _names(user)
    sessions = list(UserSession.objects.filter(user_id=user_id))
    try:
        user.delete()
    except ProtectedError as error:
        raise AccountOnRecordError(user.get_username()) from error
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    for session in sessions:
        store.delete(session.session_key)
    for name in names:
        reset(username=name)
    transaction.on_commit(lambda: cache.bump(scope_of(user_id)))


def _names(user: AbstractUser) -> set[str]:
    """What they may have been called when they tried to log in."""
    addresses = EmailAddress.objects.filter(user_id=user.pk)
    names = {user.username, user.email, *addresses.values_list("email", flat=True)}
    return {name.lower() for name in names if name}
