"""Signals as mathematics: columns of numpy in, columns out, no Django."""
