"""Which releases are on offer: their manifests are the targets of the repository."""

from __future__ import annotations

from tuf.api.metadata import Metadata, TargetFile

from lockerctl.errors import UserError
from lockerctl.keys.ceremony import TERMS, Ceremony, Terms
from lockerctl.keys.changes import Change
from lockerctl.keys.edits import expiry, next_targets
from lockerctl.keys.repository import target_file_name
from lockerctl.keys.trusted import Trusted, read_target
from lockerctl.manifest import PRODUCT, ManifestError, parse_manifest
from lockerctl.release_dir import MANIFEST, Release

# Some 150 bytes each, in a file of 8 KiB at most.
KEEP = 8


def target_path(product: str, version: str) -> str:
    """The name under which a release's manifest is a target."""
    return f"{product}/{version}/{MANIFEST}"


def sign_release(
    ceremony: Ceremony, release: Release, keep: int = KEEP, terms: Terms = TERMS
) -> list[str]:
    """Put a release on offer, beside the newest `keep` - 1 of the others.

    Returns what was done, for people. Raises UserError.
    """
    trusted = ceremony.trusted()
    manifest = release.manifest
    path = target_path(manifest.product, manifest.version)
    entry = TargetFile.from_data(path, release.data)
    there = trusted.entries().get(path)
    if there == entry:
        return [f"release {manifest.version} is on offer already"]
    if there:
        raise UserError(
            f"release {manifest.version} is signed already, with other bytes: "
            "give this one a new version"
        )
    sequences = _sequences(ceremony, trusted)
    told = []
    if manifest.sequence <= max(sequences.values(), default=0):
        told.append(
            f"note: sequence {manifest.sequence} is not above all others on offer: "
            "no board goes back to it"
        )
    targets = next_targets(trusted, expiry(terms.days))
    targets.targets[path] = entry
    # The new one stays, whatever its sequence.
    others = sorted(sequences, key=lambda each: sequences[each])
    for old in others[: max(len(others) + 1 - keep, 0)]:
        del targets.targets[old]
        told.append(f"no longer on offer: {old}")
    ceremony.repository.write(target_file_name(entry), release.data)
    change = Change(trusted.root, targets=Metadata(targets))
    return [*told, *ceremony.settle(change, terms)]


def withdraw_release(ceremony: Ceremony, version: str, terms: Terms = TERMS) -> list[str]:
    """Offer a release no more. Returns what was done, for people. Raises UserError."""
    trusted = ceremony.trusted()
    path = target_path(PRODUCT, version)
    if path not in trusted.entries():
        offered = ", ".join(trusted.entries()) or "nothing"
        raise UserError(f"release {version} is not on offer; there is {offered}")
    targets = next_targets(trusted, expiry(terms.days))
    del targets.targets[path]
    change = Change(trusted.root, targets=Metadata(targets))
    return ceremony.settle(change, terms)


def check_on_offer(trusted: Trusted, release: Release) -> None:
    """Raise UserError unless a release has been signed as it is."""
    version = release.manifest.version
    path = target_path(release.manifest.product, version)
    there = trusted.entries().get(path)
    if there is None:
        raise UserError(f"release {version} is not signed: lockerctl release sign comes first")
    if there != TargetFile.from_data(path, release.data):
        raise UserError(f"release {version} was signed with other bytes: give it a new version")


def _sequences(ceremony: Ceremony, trusted: Trusted) -> dict[str, int]:
    """Path to sequence of every release on offer."""
    found = {}
    for path, entry in trusted.entries().items():
        try:
            found[path] = parse_manifest(read_target(ceremony.repository, entry)).sequence
        except ManifestError as error:
            raise UserError(f"{path} is on offer and no manifest: {error}") from error
    return found
