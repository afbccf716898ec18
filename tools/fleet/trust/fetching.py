"""A copy of a published repository, for those who sign: fetched and verified by python-tuf."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.api.metadata import Targets
from tuf.ngclient import Updater, UpdaterConfig

from fleet.answers import FleetError
from lockerctl.errors import UserError
from lockerctl.keys.repository import (
    Overlay,
    Repository,
    file_name,
    target_file_name,
    versions,
)
from lockerctl.keys.rules import LIMITS, ROOT, SNAPSHOT, TARGETS, TIMESTAMP, parse
from lockerctl.keys.trusted import load_trusted

_CONFIG = UpdaterConfig(
    root_max_length=LIMITS[ROOT],
    timestamp_max_length=LIMITS[TIMESTAMP],
    snapshot_max_length=LIMITS[SNAPSHOT],
    targets_max_length=LIMITS[TARGETS],
)


def fetch_repository(repository: Repository, url: str, first_root: bytes | None) -> list[str]:
    """Bring a copy up to date; an empty one begins with `first_root`, which must be root 1.

    Returns the names of new files, what is listed before what lists it. Raises UserError.
    """
    root = _trusted_root(repository, first_root)
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = dict(_download(Path(folder), url, root))
        except RepositoryError as error:
            raise UserError(f"{url}: not to be trusted: {error}") from error
        except DownloadError as error:
            raise FleetError(f"{url}: cannot fetch the repository: {error}") from error
    new = {name: data for name, data in found.items() if repository.read(name) != data}
    offered = max(versions(Overlay(repository, found), TARGETS))
    if file_name(TARGETS, offered) not in found:
        raise UserError(
            f"{repository.path}: has targets {offered}, which {url} does not offer yet: "
            "lockerctl key publish brings them there"
        )
    load_trusted(Overlay(repository, new))
    for name, data in new.items():
        repository.write(name, data)
    return list(new)


def _trusted_root(repository: Repository, first_root: bytes | None) -> bytes:
    known = versions(repository, ROOT)
    data = repository.read(file_name(ROOT, known[-1])) if known else first_root
    if data is None:
        raise UserError(
            f"{repository.path}: is empty: give --root, the 1.root.json that your boards are "
            "made with"
        )
    return data


def _download(folder: Path, url: str, root: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and contents: target files, then targets, then roots. Raises TUF's errors."""
    updater = Updater(
        str(folder), url, str(folder), f"{url}/targets", config=_CONFIG, bootstrap=root
    )
    updater.refresh()
    data = (folder / "targets.json").read_bytes()
    targets = parse(data, Targets).signed
    for entry in targets.targets.values():
        path = updater.download_target(entry, str(folder / "target"))
        yield target_file_name(entry), Path(path).read_bytes()
    yield file_name(TARGETS, targets.version), data
    history = Repository(folder / "root_history")
    for version in versions(history, ROOT):
        name = file_name(ROOT, version)
        yield name, history.read(name) or b""
