"""Which delegated roles may speak of a target (4.5)."""

from binascii import hexlify
from hashlib import sha256

from micropython import const

from tuf.errors import MetadataError
from tuf.metadata import TOP_LEVEL, check_keys, check_role, field, strings

# Of a role's name: it becomes part of a file name, three times as long if quoted.
_MAX_NAME_BYTES = const(64)


def delegated(targets, path):
    """The roles that `targets` (Metadata) trusts for `path`, in order: a list of (name, role).

    And whether the last of them is terminating: no role after it has a say, here or above.
    Raises MetadataError.
    """
    signed = targets.signed
    if "delegations" not in signed:
        return [], False
    try:
        delegations = field(signed, "delegations", dict)
        check_keys(field(delegations, "keys", dict))
        if ("roles" in delegations) == ("succinct_roles" in delegations):
            raise MetadataError("not one kind of delegations")
        if "succinct_roles" in delegations:
            from tuf.succinct import bin_for

            role = field(delegations, "succinct_roles", dict)
            name = bin_for(role, path)
            _check_name(name)
            return [(name, role)], True  # TAP 15: every bin is terminating
        return _matching(field(delegations, "roles", list), path)
    except MetadataError as error:
        raise MetadataError("%s: %s" % (targets.name, error)) from None


def _matching(roles, path):
    names = set()
    result = []
    terminating = False
    for role in roles:
        check_role(role)
        name = field(role, "name", str)
        _check_name(name)
        if name in names:
            raise MetadataError("two delegations to %s" % name)
        names.add(name)
        if not terminating and _covers(role, path):
            terminating = "terminating" in role and field(role, "terminating", bool)
            result.append((name, role))
    return result, terminating


def _check_name(name):
    # A delegated role by the name of a top-level one would take its place in the store.
    if not 0 < len(name.encode()) <= _MAX_NAME_BYTES or name in TOP_LEVEL:
        raise MetadataError("no name for a delegated role")


def _covers(role, path):
    if ("paths" in role) == ("path_hash_prefixes" in role):
        raise MetadataError("not one of paths and path_hash_prefixes")
    if "paths" in role:
        parts = path.split("/")
        return any(_matches_path(pattern, parts) for pattern in strings(role, "paths"))
    digest = str(hexlify(sha256(path).digest()), "ascii")
    return any(digest.startswith(prefix) for prefix in strings(role, "path_hash_prefixes"))


def _matches_path(pattern, parts):
    """A wildcard never matches a slash."""
    patterns = pattern.split("/")
    return len(patterns) == len(parts) and all(map(matches, patterns, parts))


def matches(pattern, text):
    """Whether `text` matches a shell pattern of `*`, `?`, `[abc]`, `[a-z]` and `[!abc]` (glob(7)).

    Time grows with the product of both lengths at most, whatever the pattern.
    """
    at = here = 0
    star = -1
    star_here = 0
    while here < len(text):
        step = _match_one(pattern, at, text[here])
        if step:
            at += step
            here += 1
        elif pattern[at : at + 1] == "*":
            star, star_here = at, here
            at += 1
        elif star >= 0:
            # Back to the last star, which takes one character more.
            star_here += 1
            at, here = star + 1, star_here
        else:
            return False
    return not pattern[at:].strip("*")


def _match_one(pattern, at, char):
    """Length of the pattern element at `at` if it matches `char`, else 0; never a star."""
    head = pattern[at : at + 1]
    if head == "[":
        end = pattern.find("]", at + (3 if pattern[at + 1 : at + 2] == "!" else 2))
        if end > 0:
            return end + 1 - at if _in_set(pattern[at + 1 : end], char) else 0
    return 1 if head != "*" and head in ("?", char) else 0


def _in_set(members, char):
    negated = members[0] == "!"
    if negated:
        members = members[1:]
    found = False
    while members:
        if members[1:2] == "-" and len(members) > 2:
            found = found or members[0] <= char <= members[2]
            members = members[3:]
        else:
            found = found or members[0] == char
            members = members[1:]
    return found != negated
