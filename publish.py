#!/usr/bin/env python3
"""Publish this site: `python publish.py --help` tells the rest."""

from generator.cli import main

if __name__ == "__main__":
    main()
