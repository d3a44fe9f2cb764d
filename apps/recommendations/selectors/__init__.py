"""Reads of recommendations, their record and their ledger."""

from .backtest import backtest
from .ledger import Verified, as_ndjson, chains, exported_lines, verify

__all__ = ["Verified", "as_ndjson", "backtest", "chains", "exported_lines", "verify"]
