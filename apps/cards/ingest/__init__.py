"""The catalogue's feeds."""
