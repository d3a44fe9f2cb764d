"""A made-up market to look at before any feed is read.

Real printings, written down as facts; invented prices, from a generator that gives
the same figures for the same moment whenever and wherever it runs.
"""
