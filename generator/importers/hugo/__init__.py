"""Sites made with Hugo."""
