"""Hosts that are reached by programs of their own: git, ssh, rsync."""
