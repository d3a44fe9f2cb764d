"""The page of gaps between prices."""
