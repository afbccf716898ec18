"""What a repository's files prove: the chain of roots, and the targets its newest root trusts."""

from __future__ import annotations

from dataclasses import dataclass

from tuf.api.metadata import (
    LengthOrHashMismatchError,
    Metadata,
    Root,
    TargetFile,
    Targets,
)

from lockerctl.keys.repository import Files, file_name, target_file_name, versions
from lockerctl.keys.rules import (
    ROOT,
    TARGETS,
    TrustError,
    check_next_root,
    check_targets,
    parse,
    title,
)


@dataclass(frozen=True)
class Trusted:
    """Verified metadata. `odd`: newer targets that were passed over, and why."""

    roots: tuple[Metadata[Root], ...]
    targets: Metadata[Targets]
    odd: tuple[str, ...] = ()

    @property
    def root(self) -> Metadata[Root]:
        """The newest one."""
        return self.roots[-1]

    def entries(self) -> dict[str, TargetFile]:
        """What is on offer, by path."""
        return self.targets.signed.targets


def load_trusted(files: Files) -> Trusted:
    """Verify what is there, expired or not. Raises TrustError."""
    roots = load_roots(files)
    odd: list[str] = []
    # A command that was cut off may have left targets whose root did not get written.
    for version in reversed(versions(files, TARGETS)):
        try:
            return Trusted(roots, read_targets(files, version, roots[-1]), tuple(odd))
        except TrustError as error:
            odd.append(str(error))
    raise TrustError(odd[0] if odd else "the repository has no targets")


def load_roots(files: Files) -> tuple[Metadata[Root], ...]:
    """All roots from 1 to the newest, each signed by the one before. Raises TrustError."""
    roots: list[Metadata[Root]] = []
    while data := files.read(name := file_name(ROOT, len(roots) + 1)):
        try:
            root = parse(data, Root)
            check_next_root(roots[-1] if roots else None, root)
        except TrustError as error:
            raise TrustError(f"{name}: {error}") from error
        roots.append(root)
    if not roots:
        raise TrustError("the repository has no 1.root.json")
    return tuple(roots)


def read_targets(files: Files, version: int, root: Metadata[Root]) -> Metadata[Targets]:
    """Targets of one version, trusted by `root`, whose files are there. Raises TrustError."""
    name = file_name(TARGETS, version)
    try:
        targets = parse(files.read(name) or b"", Targets)
        if targets.signed.version != version:
            raise TrustError(f"it is {title(targets.signed)}")
        check_targets(root, targets)
        for entry in targets.signed.targets.values():
            read_target(files, entry)
    except TrustError as error:
        raise TrustError(f"{name}: {error}") from error
    return targets


def read_target(files: Files, entry: TargetFile) -> bytes:
    """The file behind an entry of targets. Raises TrustError."""
    data = files.read(target_file_name(entry))
    if data is None:
        raise TrustError(f"{entry.path}: the file is missing")
    try:
        entry.verify_length_and_hashes(data)
    except LengthOrHashMismatchError as error:
        raise TrustError(f"{entry.path}: the file is not the one that was signed") from error
    return data
