"""Templates and scripts: nothing inline, nothing that turns text into markup."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((CHECKOUT / "templates").rglob("*.html"))
SCRIPTS = sorted((CHECKOUT / "static/js").rglob("*.js"))

SCRIPT_TAG = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL)
INLINE = re.compile(r"\s(style|on[a-z]+)\s*=\s*[\"']|<style\b|javascript:")
TURNS_TEXT_INTO_MARKUP = re.compile(
    r"\.(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write|createContextualFragment"
    r"|\beval\(|new Function|setTimeout\(\s*[\"'`]|setAttribute\(\s*[\"']style"
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.name))
def test_nothing_is_inline_and_every_script_has_the_nonce(path):
    text = path.read_text(encoding="utf-8")

    assert INLINE.findall(text) == []
    for attributes, body in SCRIPT_TAG.findall(text):
        # The admin's policy takes files of this site.
        is_admin = "admin" in path.parts
        assert 'nonce="{{ request.csp_nonce }}"' in attributes or is_admin
        # The API's documentation starts with a script that the library makes.
        is_made_by_a_library = path.parent.name == "drf_spectacular"
        assert body.strip() == "" or is_made_by_a_library


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.name))
def test_nothing_is_called_safe_that_people_write(path):
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"autoescape off", text) == []
    # Help texts of our own forms have links in them.
    is_ours = path.relative_to(CHECKOUT).as_posix() == "templates/settings/field.html"
    assert not re.findall(r"\|\s*safe(?:seq)?\b", text) or is_ours


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_write_text_as_text(path):
    assert TURNS_TEXT_INTO_MARKUP.findall(path.read_text(encoding="utf-8")) == []
