"""The screens of a board as pictures: drawn by the board's own code, and read back."""
