"""Addresses and headers as files that other hosts and web servers read."""
