"""What editors know of the settings, and what makes it."""
