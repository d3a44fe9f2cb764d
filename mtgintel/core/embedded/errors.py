"""What goes wrong with the embedded servers, said in a sentence for the reader."""


class EmbeddedError(Exception):
    """Names what is wrong, where, and what to do; shown without a traceback."""
