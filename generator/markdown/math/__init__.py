"""Formulas in texts, as MathML."""
