"""When: an order and a first day give dates; the days on which a hospital works."""
