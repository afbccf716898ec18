"""Which code verifies which key (4.2.2). All but P-256 is loaded when such a key is met.

A scheme's module has `verify(public, signature, message, tick)`. It returns the key in its one
binary form when `signature` (bytes) by `public` (the text in "keyval") is good for `message`, a
canonical.Message. It returns None for a bad signature, and raises ValueError for a key or a
signature that is not well formed.
"""

from binascii import unhexlify

from tuf import p256
from tuf.errors import SignatureError


def check_signatures(metadata, keys, role, tick=None):
    """Raise SignatureError unless a threshold of `role`'s keys signed `metadata`.

    Keys of an unknown kind, broken keys and bad signatures count for nothing. Equal keys count
    once, under one id or several, and no signature is looked at that is not needed any more.
    `tick()`, if given, is called every few milliseconds of the work on a chip.
    """
    message = metadata.message()
    missing = role["threshold"]
    good = set()
    for key_id in role["keyids"]:
        signature = metadata.signatures.get(key_id)
        key = keys.get(key_id)
        if signature and key:
            good.add(_verify(key, signature, message, tick))
            good.discard(None)
            if len(good) >= missing:
                return
    raise SignatureError("%s: %d of %d signatures are good" % (metadata.name, len(good), missing))


def _verify(key, signature, message, tick):
    kind = (key["keytype"], key["scheme"])
    if kind == ("ecdsa", "ecdsa-sha2-nistp256"):
        verify = p256.verify
    elif kind == ("rsa", "rsassa-pss-sha256"):
        from tuf.rsa import verify
    elif kind == ("ed25519", "ed25519"):
        from tuf.ed25519 import verify
    else:
        return None
    try:
        return verify(str(key["keyval"].get("public")), unhexlify(signature), message, tick)
    except ValueError:
        return None
