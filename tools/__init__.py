"""Programs for those who work on Tidepost."""
