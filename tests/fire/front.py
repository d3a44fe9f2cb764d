"""gunicorn as docker-compose.yml runs it, on the site's database."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from mtgintel.core.embedded.tests.processes import CHECKOUT, eventually
from tests.fire.site import PATIENCE, Site, free_port

WORKERS = 3


class Front:
    """The web service of production; its settings are the site's own."""

    def __init__(self, site: Site) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", *_command(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=CHECKOUT,
            env=site.environment,
        )

    @property
    def workers(self) -> set[int]:
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return {int(one) for one in children.split()}

    @property
    def is_up(self) -> bool:
        return not is_refused(self.url)


def is_refused(url: str) -> bool:
    """Whether nobody takes a new connection there."""
    try:
        urllib.request.urlopen(f"{url}/api/health/live", timeout=10).close()  # noqa: S310
    except ConnectionError:
        return True
    except OSError as error:
        return isinstance(getattr(error, "reason", None), ConnectionError)
    return False


@contextmanager
def front_of(site: Site) -> Iterator[Front]:
    front = Front(site)
    try:
        eventually(lambda: front.is_up and len(front.workers) == WORKERS, PATIENCE)
        yield front
    finally:
        front.process.terminate()
        front.process.wait(PATIENCE)


def _command(port: int) -> list[str]:
    """What docker-compose.yml says, on an address of ours."""
    services = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["services"]
    command = [
        re.sub(r"\$\{\w+:-(\w+)\}", r"\1", one) for one in services["web"]["command"]
    ]
    assert f"--workers={WORKERS}" in command
    return [one.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for one in command]
