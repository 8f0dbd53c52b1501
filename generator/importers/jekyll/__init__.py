"""Sites made with Jekyll."""
