"""site.yaml as typed settings."""
