"""Collections in the admin, for staff with Django's permissions for them.

The modules register themselves.
"""

from . import disposals, imports, lots

__all__ = ["disposals", "imports", "lots"]
