"""What keeps strangers and their text from doing harm; see docs/security.md."""
