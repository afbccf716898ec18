"""Trust: a client of The Update Framework, specification 1.0.34, for MicroPython.

`client.py` has the order of the steps, `rules.py` what each of them demands; `search.py`,
`delegations.py` and `succinct.py` are the same for delegated targets and are loaded when a
search leaves the top-level role. Keys are verified by `keys.py`, which loads the scheme it meets.
Clause numbers in comments are those of the specification.
"""
