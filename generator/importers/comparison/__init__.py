"""Comparing an imported site with its old pages."""
