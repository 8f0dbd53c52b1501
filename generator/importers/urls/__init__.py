"""Addresses of other programs' sites: how they are made, and what they lead to."""
