"""Reads documents for searching as Pagefind does, except for the words themselves."""
