"""`python -m demo`."""

import signal

# Ctrl-C while all is being imported: nothing has been started yet.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from demo.command import main  # noqa: E402

if __name__ == "__main__":
    main(prog_name="demo")
