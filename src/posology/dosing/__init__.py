"""How much: the dose, the body it is computed for, and whose weight that is."""
