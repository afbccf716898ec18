"""The command line: keys, releases, flash images, deploying, boards."""
