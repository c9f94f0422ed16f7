"""One patient's course: its inputs, and what changes do to it."""
