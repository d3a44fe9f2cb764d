"""Signing up and in, with the same work whether somebody is known or not."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.internal.flows.login import derive_login_method
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest


class LoginForm(allauth_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login = self.fields["login"]
        login.label = "E-mail address or name"
        login.widget.attrs |= {
            "autocomplete": "username",
            "autocapitalize": "off",
            "spellcheck": "false",
        }
        # The page has that link already.
        self.fields["password"].help_text = ""
        self.fields["remember"].label = "Stay logged in on this device"

    def user_credentials(self) -> dict[str, Any]:
        """An address or a name, never the same text as both.

        With both, a known address has its password hashed twice and an unknown one
        once, which a clock tells apart.
        """
        login = self.cleaned_data["login"]
        method = derive_login_method(login).value
        return {method: login, "password": self.cleaned_data["password"]}


class SignupForm(allauth_forms.SignupForm):
    def try_save(self, request: HttpRequest) -> tuple[Any, Any]:
        """A known address costs what a new one does: its password is hashed too."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)
