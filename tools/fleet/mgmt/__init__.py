"""The operators' side of the server: the part of hawkBit's Mgmt REST API that we need."""
