#!/usr/bin/env python
"""Django's command line; the embedded servers run while a command needs them."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mtgintel.settings.dev")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit(
            f"Django cannot be imported ({error}): use .venv/bin/python, which "
            "`make run` sets up."
        ) from error

    from mtgintel.core.embedded.commands import command_servers
    from mtgintel.core.embedded.errors import EmbeddedError

    try:
        with command_servers(sys.argv):
            execute_from_command_line(sys.argv)
    except EmbeddedError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
