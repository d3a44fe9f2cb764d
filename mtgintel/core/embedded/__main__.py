"""`python -m mtgintel.core.embedded`: what `make run` runs."""

import sys

from mtgintel.settings.env import BASE_DIR, DATA_DIR, DATABASE_URL, REDIS_URL

from .address import Address
from .application import Application
from .errors import EmbeddedError
from .paths import DataPaths
from .session import wanted_servers
from .supervisor import Supervisor

if __name__ == "__main__":
    try:
        Supervisor(
            Application(BASE_DIR, DataPaths(DATA_DIR), Address.from_environment()),
            wanted_servers(
                DATA_DIR, database=DATABASE_URL is None, redis=REDIS_URL is None
            ),
            stops_with_parent="--stop-with-parent" in sys.argv[1:],
        ).run()
    except EmbeddedError as error:
        sys.exit(str(error))
