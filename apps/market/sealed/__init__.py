"""The page of sealed products."""
