"""Partition maps: the CSV files of `firmware/partitions`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lockerctl.errors import UserError
from lockerctl.partition_rules import Numbered, problems
from lockerctl.partition_table import APP, SUBTYPES, TYPES, Partition
from lockerctl.paths import PARTITIONS

_MIB = 1024 * 1024
_FIELDS = 5


@dataclass(frozen=True)
class PartitionMap:
    """A partition table that keeps all the rules, and the flash it was made for."""

    partitions: tuple[Partition, ...]
    flash_size: int

    def __getitem__(self, name: str) -> Partition:
        return next(partition for partition in self.partitions if partition.name == name)

    def __iter__(self) -> Iterator[Partition]:
        return iter(self.partitions)

    @property
    def slots(self) -> int:
        """How many pairs of `ota_k` and `store_k` there are."""
        return sum(partition.type == APP for partition in self.partitions)


def load_map(name: str) -> PartitionMap:
    """Read a map by its name (`4MiB`) or its path (`…/4MiB.csv`).

    The file's name says the flash size. Raises UserError.
    """
    path = Path(name) if name.endswith(".csv") else PARTITIONS / f"{name}.csv"
    size = re.fullmatch(r"(\d+)MiB", path.stem)
    if size is None:
        raise UserError(f"{path}: the name of a partition map says the flash size, as 4MiB.csv")
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot read the partition map: {error}") from error
    return parse_csv(text, int(size[1]) * _MIB, str(path))


def parse_csv(text: str, flash_size: int, source: str) -> PartitionMap:
    """Parse a map in ESP-IDF's CSV form; offsets and sizes must be written out.

    Raises UserError: what is wrong in which line, then the whole table.
    """
    parsed: list[Numbered] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            parsed.append((number, _parse_line(line)))
        except ValueError as error:
            raise _refusal(source, number, str(error), text) from error
    for number, problem in problems(parsed, flash_size):
        raise _refusal(source, number, problem, text)
    return PartitionMap(tuple(partition for _, partition in parsed), flash_size)


def _refusal(source: str, at: int, problem: str, text: str) -> UserError:
    table = [
        f"{'>' if number == at else ' '}{number:4}  {line}"
        for number, line in enumerate(text.splitlines(), 1)
    ]
    where = f"{source}:{at}" if at else source
    return UserError("\n".join([f"{where}: {problem}", *table]))


def _parse_line(line: str) -> Partition:
    fields = [field.strip() for field in line.split(",")]
    # ESP-IDF allows an empty field for flags behind the size.
    if fields[_FIELDS:] == [""]:
        fields.pop()
    if len(fields) != _FIELDS:
        raise ValueError(f"{len(fields)} fields instead of name, type, subtype, offset, size")
    name, kind, subtype, offset, size = fields
    type_number = _number(kind, "type", TYPES)
    return Partition(
        name,
        type_number,
        _number(subtype, "subtype", SUBTYPES.get(type_number, {})),
        _number(offset, "offset"),
        _number(size, "size"),
    )


def _number(text: str, what: str, words: dict[str, int] | None = None) -> int:
    """A word, or a number as ESP-IDF's maps write it: decimal, 0x…, with K or M behind."""
    if words and text in words:
        return words[text]
    unit = {"K": 1024, "M": _MIB}.get(text[-1:].upper(), 1)
    try:
        return int(text if unit == 1 else text[:-1], 0) * unit
    except ValueError:
        hint = f" nor one of {', '.join(words)}" if words else ""
        raise ValueError(f"{what} {text!r} is not a number{hint}") from None
