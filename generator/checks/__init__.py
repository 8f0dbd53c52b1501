"""What a built site is held to before it may be published."""
