"""Models of chips, register by register: what a driver can notice, they do."""
