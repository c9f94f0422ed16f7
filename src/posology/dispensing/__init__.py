"""What leaves the shelf: products, whole containers, volumes, rates of infusion, supplies."""
