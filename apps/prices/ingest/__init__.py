"""Feed files into columns of prices: one adapter per source."""
