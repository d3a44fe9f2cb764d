"""Every write of what somebody owns."""

from .choices import NotACandidateError, choose, choose_newest, skip
from .commits import UndoneImport, advance, begin_commit, cancel, commit, undo
from .imports import match_batch, remap, upload

__all__ = [
    "NotACandidateError",
    "UndoneImport",
    "advance",
    "begin_commit",
    "cancel",
    "choose",
    "choose_newest",
    "commit",
    "match_batch",
    "remap",
    "skip",
    "undo",
    "upload",
]
