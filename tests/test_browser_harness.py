"""The browser shows pages in the size and colours a test asks for."""

import pytest

pytestmark = pytest.mark.browser

COLOURS = "matchMedia('(prefers-color-scheme: dark)').matches"


@pytest.mark.parametrize("dark", [False, True])
def test_colours_are_those_asked_for(open_page, dark):
    assert open_page(dark=dark).evaluate(COLOURS) is dark


def test_width_is_that_asked_for(open_page):
    assert open_page(width=390, height=800).evaluate("innerWidth") == 390


def test_default_page_is_a_desktop_in_light(chromium_page):
    assert chromium_page.evaluate("innerWidth") == 1440
    assert chromium_page.evaluate(COLOURS) is False
