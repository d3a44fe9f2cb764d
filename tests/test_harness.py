"""The servers and the browser are the ones the run asked for."""

import os

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from apps.prices.models import Marketplace

pytestmark = pytest.mark.storage


def server_major() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10000


@pytest.mark.django_db
def test_timescaledb_is_there_exactly_when_asked_for(engine):
    with connection.cursor() as cursor:
        cursor.execute("SELECT extname FROM pg_extension WHERE extname = 'timescaledb'")
        extensions = cursor.fetchall()

    assert extensions == ([("timescaledb",)] if engine == "timescale" else [])


@pytest.mark.django_db
def test_server_is_recent_enough():
    assert server_major() >= 15


@pytest.mark.django_db
def test_servers_brought_by_the_suite_are_those_pinned(engine):
    expected = {"postgres": 18, "timescale": 17}
    is_given = {"TEST_DATABASE_URL", "TIMESCALE_TEST_URL"} & os.environ.keys()

    assert is_given or server_major() == expected[engine]


def test_redis_answers():
    cache.set("harness", "here", timeout=5)

    assert cache.get("harness") == "here"


@pytest.mark.django_db
def test_rows_travel_by_copy():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE numbers (n integer) ON COMMIT DROP")
        with cursor.copy("COPY numbers FROM STDIN") as copy:
            for n in range(100_000):
                copy.write_row((n,))
        cursor.execute("SELECT count(*), sum(n) FROM numbers")

        assert cursor.fetchone() == (100_000, 4_999_950_000)


@pytest.mark.django_db
@pytest.mark.parametrize("attempt", [1, 2])
def test_writes_of_one_test_are_gone_in_the_next(attempt, django_user_model):
    django_user_model.objects.create_user(f"user-{attempt}")

    assert django_user_model.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", [1, 2])
def test_commits_of_one_test_are_gone_in_the_next(attempt, django_user_model):
    django_user_model.objects.create_user(f"user-{attempt}")

    assert django_user_model.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", [1, 2])
def test_rows_of_migrations_outlive_a_test_that_commits(attempt):
    assert Marketplace.objects.filter(slug="tcgplayer").delete()[0] == 1


def test_settings_are_those_of_the_tests():
    assert settings.SETTINGS_MODULE == "mtgintel.settings.test"
