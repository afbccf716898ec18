"""ESP-IDF 5.4's `esp_ota_*` functions that MicroPython offers, traps included (`esp_ota_ops.c`)."""

from __future__ import annotations

from dataclasses import replace

from . import otadata
from .app_image import ImageError, verify
from .errors import EspError
from .flash import SECTOR_BYTES, Flash
from .otadata import State
from .partition_table import TYPE_APP, Partition, PartitionTable


def boot_partition(flash: Flash, table: PartitionTable) -> Partition | None:
    """What the active entry names: not necessarily what runs, or would be started."""
    if table.otadata is not None and table.slots:
        entries = otadata.read_entries(flash, table.otadata)
        active = otadata.active_index(entries)
        if active is not None:
            return table.slots[entries[active].slot(len(table.slots))]
    return table.factory or table.test or (table.slots[0] if table.slots else None)


def next_update(table: PartitionTable, start: Partition) -> Partition | None:
    """The slot after `start`, in a circle; the first one for any other partition."""
    if not table.slots:
        return None
    if start not in table.slots:
        return table.slots[0]
    return table.slots[(table.slots.index(start) + 1) % len(table.slots)]


def set_boot(flash: Flash, table: PartitionTable, part: Partition) -> None:
    """Let `part` boot next, on trial. EspError when its image is not sound: nothing is written."""
    try:
        if part.type != TYPE_APP:
            raise ImageError("not an app partition")
        verify(flash, part)
    except ImageError:
        raise EspError(-5379, "ESP_ERR_OTA_VALIDATE_FAILED") from None
    if table.otadata is None:
        raise EspError(-261, "ESP_ERR_NOT_FOUND")
    if part == table.factory:
        for address in range(table.otadata.address, table.otadata.end, SECTOR_BYTES):
            flash.erase_sector(address)
        return
    if part not in table.slots:
        raise EspError(-258, "ESP_ERR_INVALID_ARG")
    _write_new(flash, table.otadata, table.slots.index(part), len(table.slots))


def mark_app_valid(flash: Flash, table: PartitionTable) -> None:
    """Set the active entry to VALID, whichever slot runs. EspError(1) when none is active."""
    if table.otadata is None or not table.slots:
        raise EspError(1, "ESP_FAIL")
    entries = otadata.read_entries(flash, table.otadata)
    active = otadata.active_index(entries)
    if active is None:
        raise EspError(1, "ESP_FAIL")
    if entries[active].state != State.VALID:
        valid = replace(entries[active], state=int(State.VALID))
        otadata.write_entry(flash, table.otadata, active, valid)


def _write_new(flash: Flash, part: Partition, slot: int, slots: int) -> None:
    """The other entry gets the smallest number that is not below the active one and names `slot`.

    For the active slot itself this is the active number again: its record is gone (IDF 5.4).
    """
    entries = otadata.read_entries(flash, part)
    active = otadata.active_index(entries)
    if active is None:
        otadata.write_entry(flash, part, 0, otadata.new_entry(slot + 1, State.NEW))
        return
    seq = entries[active].seq
    seq += (slot + 1 - seq) % slots
    otadata.write_entry(flash, part, 1 - active, otadata.new_entry(seq, State.NEW))
