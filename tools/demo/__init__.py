"""`make demo`: a board on your desk is flashed, updated, broken, and comes back."""
