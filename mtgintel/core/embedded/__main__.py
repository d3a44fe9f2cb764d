"""`python -m mtgintel.core.embedded`: what `make run` runs."""

import sys

from mtgintel.settings.env import BASE_DIR, DATA_DIR, DATABASE_URL, REDIS_URL

from .errors import EmbeddedError
from .paths import DataPaths
from .session import wanted_servers
from .supervisor import Address, Supervisor

if __name__ == "__main__":
    try:
        Supervisor(
            paths=DataPaths(DATA_DIR),
            project=BASE_DIR,
            address=Address.from_environment(),
            servers=wanted_servers(
                DATA_DIR, database=DATABASE_URL is None, redis=REDIS_URL is None
            ),
            stops_with_parent="--stop-with-parent" in sys.argv[1:],
        ).run()
    except EmbeddedError as error:
        sys.exit(str(error))
