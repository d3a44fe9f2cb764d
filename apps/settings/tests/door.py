"""What the tests of accounts share."""

from __future__ import annotations

import re

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.core import mail

PASSWORD = "a long winding road"
LOGIN = "/account/login/"
SIGNUP = "/account/signup/"
RESET = "/account/password/reset/"


def make_user(email="reader@example.org", password=PASSWORD, **fields):
    """Somebody with a verified address."""
    user = get_user_model().objects.create_user(
        fields.pop("username", email.partition("@")[0]),
        email=email,
        password=password,
        **fields,
    )
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    return user


def log_in(client, login="reader@example.org", password=PASSWORD, **extra):
    return client.post(LOGIN, {"login": login, "password": password}, **extra)


def is_logged_in(client) -> bool:
    return "_auth_user_id" in client.session


def link_in(letter, part):
    """The path of the link in a letter that contains `part`."""
    return re.search(rf"http://[^/]+(\S*{part}\S*)", letter.body)[1]


def letters_to(email):
    return [letter for letter in mail.outbox if letter.to == [email]]
