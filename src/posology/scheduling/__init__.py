"""Dates from an order and a first day; the days on which a hospital works."""
