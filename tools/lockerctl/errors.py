"""The one kind of error that a user of the command line sees."""


class UserError(Exception):
    """Something the user can put right: what is wrong, where, and what to do about it.

    The first line of the text says it all; more lines may show the context.
    """
