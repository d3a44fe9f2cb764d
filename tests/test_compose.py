"""The compose files hold together; read, not run, as there need be no Docker."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.skips import CHECKOUT

BASE = "docker-compose.yml"
SCALE = "docker-compose.scale.yml"
DJANGO = ("web", "web-2", "live", "live-2", "worker", "worker-people", "beat")
# What every process of the application needs to know.
NEEDED = {
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "DATABASE_URL",
    # Who writes prices has to know of it as well: see mtgintel/core/replica.py.
    "REPLICA_DATABASE_URL",
    "REDIS_URL",
    "CACHE_REDIS_URL",
}
# Appended to by an override; everything else is replaced.
_MERGED = ("environment", "depends_on", "volumes")


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(Path(CHECKOUT, name).read_text())
    return found


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """A service as `docker compose -f … -f …` puts it together."""
    found = {**base, **{k: v for k, v in over.items() if k not in _MERGED}}
    for key in ("environment", "depends_on"):
        found[key] = {**base.get(key, {}), **over.get(key, {})}
    by_target = {
        each.split(":")[1]: each
        for each in [*base.get("volumes", []), *over.get("volumes", [])]
    }
    found["volumes"] = list(by_target.values())
    return found


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    """All of them, scaled."""
    base, found = read(BASE)["services"], dict(read(BASE)["services"])
    for name, told in read(SCALE)["services"].items():
        origin = told.get("extends")
        assert origin is None or origin["file"] == BASE
        parent = base[origin["service"]] if origin else base.get(name, {})
        found[name] = merged(parent, told)
    return found


def test_there_are_two_of_each(services):
    def replicas(name: str) -> int:
        return int(services[name].get("deploy", {}).get("replicas", 1))

    assert replicas("web") + replicas("web-2") == 2
    assert replicas("live") + replicas("live-2") == 2
    assert replicas("worker") == replicas("worker-people") == 2
    # Two would send every task twice.
    assert [name for name in services if name.startswith("beat")] == ["beat"]
    assert replicas("beat") == 1


@pytest.mark.parametrize("name", DJANGO)
def test_every_process_knows_what_it_needs(services, name):
    service = services[name]

    assert set(service["environment"]) >= NEEDED
    assert service["environment"]["DJANGO_SETTINGS_MODULE"].endswith("production")
    assert service["image"] == services["web"]["image"]
    assert service["healthcheck"]["test"]
    assert "migrate" in service["depends_on"]


@pytest.mark.parametrize(("one", "other"), [("web", "web-2"), ("live", "live-2")])
def test_the_second_is_as_the_first(services, one, other):
    ours, theirs = services[one], services[other]

    for key in ("command", "environment", "healthcheck", "image"):
        assert ours[key] == theirs[key]


@pytest.mark.parametrize("name", DJANGO)
def test_what_a_command_runs_is_there(services, name):
    command = services[name]["command"]

    assert Path(sys.executable).with_name(command[0]).exists()
    modules = [one for one in command if re.fullmatch(r"mtgintel[\w.:]*", one)]
    assert modules
    for one in modules:
        module, _, attribute = one.partition(":")
        found = importlib.import_module(module)
        assert not attribute or hasattr(found, attribute)


@pytest.mark.parametrize("name", [BASE, SCALE])
def test_no_secret_is_in_a_file(name):
    text = Path(CHECKOUT, name).read_text()

    told = re.findall(r"(?m)^ +\w*(?:PASSWORD|SECRET_KEY): (.+)$", text)
    assert told
    assert [one for one in told if "${" not in one] == []


def test_files_that_are_mounted_exist(services):
    mounted = [
        each.split(":")[0]
        for service in services.values()
        for each in service.get("volumes", [])
        if each.startswith("./")
    ]

    assert [one for one in mounted if not Path(CHECKOUT, one).exists()] == []


def test_only_the_proxy_is_reached_from_outside():
    assert [n for n, s in read(SCALE)["services"].items() if "ports" in s] == []


def flags(command: list[str]) -> dict[str, str]:
    """The settings a PostgreSQL is started with."""
    return dict(one.split("=", 1) for one in command if "=" in one)


def test_both_databases_have_the_settings_of_the_one(services):
    one = flags(read(BASE)["services"]["db"]["command"])
    primary, replica = (flags(services[name]["command"]) for name in ("db", "replica"))

    assert one.items() <= primary.items()
    assert primary == replica
    assert services["db"]["image"] == services["replica"]["image"]


def test_the_proxy_knows_every_address(services):
    text = Path(CHECKOUT, "deploy/Caddyfile.scale").read_text()
    told = dict(re.findall(r"\{\$(WEB|LIVE)_UPSTREAMS:([^}]*)\}", text))
    ports = {"web": "8000", "live": "8001"}

    for kind, addresses in told.items():
        served = [name for name in services if name.split("-")[0] == kind.lower()]
        port = ports[kind.lower()]
        assert addresses.split() == [f"{name}:{port}" for name in served]
        for name in served:
            assert port in " ".join(services[name]["command"])
    assert len(told) == 2
    waited_for = set(services["proxy"]["depends_on"])
    assert waited_for == {"web", "web-2", "live", "live-2"}


def test_the_script_of_the_replica_can_be_read():
    script = CHECKOUT / "deploy" / "replica.sh"

    subprocess.run(["sh", "-n", script], check=True)
