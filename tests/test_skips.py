"""What is missing is said once; on CI nothing may be missing."""

import pytest

from tests.skips import CHECKOUT

SKIPPING = """
    import pytest

    @pytest.mark.parametrize("attempt", [1, 2])
    def test_skipped(attempt):
        pytest.skip("no moon tonight")

    @pytest.mark.xfail(reason="known", strict=True)
    def test_expected_to_fail():
        assert False
"""
NEEDING_FILES = """
    def test_reading(shared_data):
        assert (shared_data / "INDEX.md").read_text() == "feeds"
"""


@pytest.fixture
def run_inside(pytester, monkeypatch):
    """Runs a test file in a pytest of its own, with the plugin."""

    def run(source: str, **environment: str) -> pytest.RunResult:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("PYTHONPATH", str(CHECKOUT))
        pytester.makepyfile(source)
        plugins = ("-p", "no:django", "-p", "tests.browser", "-p", "tests.skips")
        return pytester.runpytest_subprocess(*plugins)

    return run


def test_skips_of_one_reason_are_one_line(run_inside):
    result = run_inside(SKIPPING, CI="")

    result.assert_outcomes(skipped=2, xfailed=1)
    lines = [line for line in result.outlines if "no moon tonight" in line]
    assert lines == ["2 skipped: no moon tonight"]


def test_skip_fails_on_ci(run_inside):
    result = run_inside(SKIPPING, CI="true")

    result.assert_outcomes(failed=2, xfailed=1)


def test_module_that_skips_itself_fails_on_ci(run_inside):
    source = "import pytest; pytest.skip('not today', allow_module_level=True)"

    result = run_inside(source, CI="true")

    result.assert_outcomes(errors=1)


def test_feed_files_are_read_where_they_are_said_to_be(run_inside, tmp_path):
    (tmp_path / "INDEX.md").write_text("feeds")

    result = run_inside(NEEDING_FILES, MTGINTEL_SHARED_DATA=str(tmp_path))

    result.assert_outcomes(passed=1)


def test_without_feed_files_their_tests_are_skipped(run_inside, tmp_path):
    absent = str(tmp_path / "absent")

    result = run_inside(NEEDING_FILES, MTGINTEL_SHARED_DATA=absent, CI="")

    result.assert_outcomes(skipped=1)
    assert sum(absent in line for line in result.outlines) == 1


def test_ci_fails_where_the_feed_files_are_not_as_said(run_inside, tmp_path):
    absent = str(tmp_path / "absent")

    result = run_inside(NEEDING_FILES, MTGINTEL_SHARED_DATA=absent, CI="true")

    result.assert_outcomes(errors=1)


def test_ci_of_a_clone_without_feed_files_does_without(
    run_inside, pytester, monkeypatch
):
    monkeypatch.delenv("MTGINTEL_SHARED_DATA", raising=False)
    pytester.makeconftest(
        "from pathlib import Path; from tests import skips; "
        "skips.CHECKOUT = Path('/nowhere/clone')"
    )

    result = run_inside(NEEDING_FILES, CI="true")

    result.assert_outcomes(skipped=1)
