"""What goes wrong with a backup, said in a sentence for the reader."""


class BackupError(Exception):
    """Names what is wrong, where, and what to do; shown without a traceback."""
