"""`make run`: a cabinet to touch. A server, a virtual board, and a page with its doors and keys."""
