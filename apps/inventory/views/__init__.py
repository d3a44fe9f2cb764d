"""The pages of what somebody owns; only they ever see them."""
