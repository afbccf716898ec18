"""The search for a target among delegated roles (5.6.7): pre-order, depth first."""

from tuf.delegations import delegated
from tuf.errors import NoTargetError
from tuf.names import quote


async def search(client, path, max_roles):
    """The entry for target `path` in the first delegated role that has one, or None.

    Roles are trusted in the order in which their delegators list them. Each is verified by the
    keys of the delegator on the way to it at hand: a role that two delegators name is not good
    for the one because it was for the other. A role that cannot be had or verified ends the
    search with its TufError, and so do more than `max_roles`: going on would let whoever withholds
    a trusted role choose one that is trusted less.
    """
    visited = {"targets"}
    to_visit = []
    targets = client.targets
    while True:
        children, terminating = delegated(targets, path)
        if terminating:
            to_visit = []
        delegations = targets.signed.get("delegations")
        for name, role in reversed(children):
            to_visit.append((name, (targets, delegations["keys"], role)))
        while to_visit and to_visit[-1][0] in visited:
            to_visit.pop()
        if not to_visit:
            return None
        if len(visited) > max_roles:
            raise NoTargetError("more than %d delegated roles on the way to %s" % (max_roles, path))
        name, delegation = to_visit.pop()
        visited.add(name)
        targets = await client.update_targets(name, quote(name) + ".json", delegation)
        entry = targets.signed["targets"].get(path)
        if entry is not None:
            return entry
