"""`python -m playground`."""

from playground.command import main

main()
