"""The page that puts cards, indices and sets on one chart."""
