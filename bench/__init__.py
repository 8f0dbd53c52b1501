"""Benchmarks: each prints a table, and says on which machine and versions it ran."""
