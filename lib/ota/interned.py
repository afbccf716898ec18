"""Names, and no code: the release tool puts in those of all modules that this package loads.

MicroPython keeps each name that it has seen for ever. Taken at once, at the start, they lie in one
piece; taken as modules come and go, they would leave no large hole in the heap.
"""
