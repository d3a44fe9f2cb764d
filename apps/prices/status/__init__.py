"""The Data page: what is known of the data itself, and what staff may do about it."""
