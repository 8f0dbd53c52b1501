"""Sites made with WordPress."""
