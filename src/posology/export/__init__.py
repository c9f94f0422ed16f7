"""A plan to bytes; no decisions."""
