"""The pages of sets."""
