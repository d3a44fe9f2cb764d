"""What the C library does with memory that is freed.

Only glibc has these habits and what can be done about them; others need neither.
"""

from __future__ import annotations

import ctypes

_M_MMAP_THRESHOLD = -3
_LARGE = 1024 * 1024


def return_large_blocks() -> None:
    """Give blocks of a megabyte and more back to the system as soon as they are freed.

    glibc moves what it takes for large up to 32 MB by itself; arrays below that stay in
    a heap that small objects keep from shrinking, and a long load grows week by week.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE)
