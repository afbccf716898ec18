"""The one small file that keeps the state of an update over a reset.

It is a hint: which slot runs and the commit words in the headers are the truth. Every field may be
missing (a power cut may have brought back an older release, which must read what a newer one has
written), and unknown ones are kept.
"""

from store import files

_PATH = "/data/ota.json"
_LIMIT = 2048

# Phases that matter after a reset; all others start again from the poll.
IDLE = "idle"
ACTIVATING = "activating"  # written before set_boot
TRIAL = "trial"  # written by the new slot at its start
RETURNED = "returned"  # an old slot: the trial had no server; was it the network?
DONE = "done"  # the action has a result

NO_SERVER = "no server"  # `why` of a trial that found none


class Record:
    """The fields, beside `phase`:

    action   DDI action in work, or the last one
    offered  version of the release that this action is about, as the server calls it
    slot     target of the update, written down once and never computed again
    trials   activations of this download so far
    why      what failed in the trial, as far as it could still be written
    version  of the release
    result   [finished, detail, …] to close the action with; delivered: the server has it
    top      highest sequence ever committed here
    told     checksum of the attributes that the server has
    time     [seconds since 1970, checksum of the keys]: the newest that is proven, see ota.trust
    """

    def __init__(self):
        self._all = files.read_json(_PATH, _LIMIT) or {}

    def get(self, name, preset=None):
        """A field, or `preset`."""
        return self._all.get(name, preset)

    def put(self, **fields):
        """Change fields, and have them on flash when this returns. No change: no write."""
        if any(self._all.get(name) != value for name, value in fields.items()):
            changed = self._all.copy()
            changed.update(fields)
            files.replace_json(_PATH, changed)
            self._all = changed  # not before: what failed is to be tried again
