"""The boards' side of the server: hawkBit's DDI API v1."""
