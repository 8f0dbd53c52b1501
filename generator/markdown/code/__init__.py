"""Code in texts: colours, diagrams."""
