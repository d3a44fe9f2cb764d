"""Which servers a `manage.py` command needs."""

from __future__ import annotations

from contextlib import AbstractContextManager

from mtgintel.settings.env import DATA_DIR, DATABASE_URL, REDIS_URL

from .session import servers_in_use, wanted_servers

# They read code and settings, and never a row.
WITHOUT_SERVERS = {
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "spectacular",
    "startapp",
    "version",
}


def command_servers(argv: list[str]) -> AbstractContextManager[list[int]]:
    """The servers for the duration of a command, given as `sys.argv`.

    A server that the environment names (DATABASE_URL, REDIS_URL) is never started.
    """
    needed = needs_servers(argv[1:])
    return servers_in_use(
        wanted_servers(
            DATA_DIR,
            database=needed and DATABASE_URL is None,
            redis=needed and REDIS_URL is None,
        )
    )


def needs_servers(arguments: list[str]) -> bool:
    """Whether a command (its name first) may talk to the database or to Redis."""
    if not arguments or {"-h", "--help", "--version"} & set(arguments):
        return False
    if arguments[0] == "makemigrations" and "--check" in arguments:
        return False
    if arguments[0] == "check" and "--database" in arguments:
        return True
    return arguments[0] not in WITHOUT_SERVERS
