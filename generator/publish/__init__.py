"""From what was built and what is live to an ordered, safe release."""
