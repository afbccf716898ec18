"""What must hold for each release. Each rule gives a line for what does not."""

from __future__ import annotations

from collections.abc import Iterator

from demo.chapters import COMMITTED, REVERTED, Chapter
from demo.observed import Cut, Observed, Runs

_QUIET_POLLS = 3


def disappointments(chapter: Chapter, seen: Observed) -> list[str]:
    """What is not as the chapter wants it: whole sentences, none if all is well."""
    rules = (_outcome, _running, _plan, _bytes, _resets, _cuts, _relays, _quiet)
    return [f"{chapter.version}: {line}" for rule in rules for line in rule(chapter, seen)]


def _outcome(chapter: Chapter, seen: Observed) -> Iterator[str]:
    row = seen.row
    if row.outcome != chapter.outcome:
        yield f"the server knows it as {row.outcome!r} ({row.reason}), not {chapter.outcome!r}"
    for words in chapter.reason:
        if words not in row.reason:
            yield f"the server was told {row.reason!r}, and not {words!r}"


def _running(chapter: Chapter, seen: Observed) -> Iterator[str]:
    """The board's own words, and its flash, against the outcome."""
    wanted = seen.before
    if chapter.outcome == COMMITTED:
        wanted = Runs(chapter.version, "0" if seen.before.slot == "1" else "1")
    if seen.after != wanted:
        yield f"the board says it runs {_named(seen.after)}, not {_named(wanted)}"
    if seen.flash.slot != wanted.slot:
        yield f"the bootloader started slot {seen.flash.slot}, not {wanted.slot}"
    if seen.flash.release != wanted.release:
        found = seen.flash.release or "nothing"
        yield f"the running slot's header commits {found}, not {wanted.release}"


def _named(runs: Runs) -> str:
    return f"{runs.release} in slot {runs.slot}"


def _plan(chapter: Chapter, seen: Observed) -> Iterator[str]:
    """What the board announced before the first byte moved."""
    if not seen.plans:
        yield "the board never told its plan"
        return
    for name in seen.sizes.blocks:
        step = seen.plans[0].get(name)
        stored = seen.sizes.layer(name)
        if step is None:
            yield f"layer {name} is not in the plan"
        elif name != chapter.fetches:
            if step.verb == "fetch":
                yield f"layer {name} has not changed, and {step.count} bytes of it are fetched"
        elif step.verb != "fetch":
            yield f"layer {name} has changed, and the plan is to {step.verb} it"
        elif step.count > stored or (chapter.whole and step.count != stored):
            yield f"layer {name} is {stored} bytes as stored, and {step.count} are planned"


def _bytes(chapter: Chapter, seen: Observed) -> Iterator[str]:
    """What left the server: the manifest and what was planned, and a block more for each cut.

    A board plans once more when blocks that it had taken for right were not.
    """
    if not seen.plans:
        return
    plans = seen.plans[:1] if seen.cuts else seen.plans
    steps = [plan.get(chapter.fetches) for plan in plans]
    least = seen.sizes.manifest + sum(step.count for step in steps if step)
    most = least
    for cut in seen.cuts:
        most += seen.sizes.largest_block(chapter.fetches)
        most += seen.sizes.manifest if cut.what == "power" else 0
    sent = seen.row.bytes_downloaded
    if not least <= sent <= most:
        bounds = f"{least}" if least == most else f"{least} to {most}"
        yield f"{sent} bytes left the server, {bounds} wanted"


def _resets(chapter: Chapter, seen: Observed) -> Iterator[str]:
    if seen.trials != 1:
        yield f"it was booted on trial {seen.trials} times, not once"
    if chapter.dies_by and chapter.dies_by not in seen.causes:
        yield f"no reset by {chapter.dies_by}, only by {', '.join(seen.causes) or 'nothing'}"


def _cuts(chapter: Chapter, seen: Observed) -> Iterator[str]:
    wanted = ("link", "power") if chapter.has_cuts else ()
    made = tuple(cut.what for cut in seen.cuts)
    if made != wanted:
        yield f"the cuts were {made}, not {wanted}"
    for cut in seen.cuts:
        if not 0 < cut.there < cut.blocks:
            yield f"the {cut.what} was cut with {cut.there} of {cut.blocks} blocks in the flash"
        if cut.what == "power":
            yield from _resumption(chapter, seen, cut)


def _resumption(chapter: Chapter, seen: Observed, cut: Cut) -> Iterator[str]:
    """After the power came back only what was not in the flash may travel."""
    if "POWER_ON" not in seen.causes:
        yield "the board was not started by a power switch"
    step = seen.plans[-1].get(chapter.fetches) if len(seen.plans) > 1 else None
    if step is None or step.verb != "fetch" or step.count != cut.missing_bytes:
        yield f"after the power cut {cut.missing_bytes} bytes were missing, the plan was {step}"
    sent = seen.row.bytes_downloaded - cut.sent_bytes
    if sent != cut.missing_bytes + seen.sizes.manifest:
        wanted = cut.missing_bytes + seen.sizes.manifest
        yield f"after the power cut {sent} bytes left the server, {wanted} were wanted"


def _relays(_: Chapter, seen: Observed) -> Iterator[str]:
    for door in seen.relays_on:
        yield f"the relay of door {door} is on at the end"


def _quiet(chapter: Chapter, seen: Observed) -> Iterator[str]:
    """A release that was reverted is not tried again."""
    if chapter.outcome != REVERTED:
        return
    if seen.quiet is None or seen.quiet.polls < _QUIET_POLLS:
        yield "nobody looked whether the board tries it again"
        return
    if seen.quiet.sent_bytes or seen.quiet.boots:
        yield (
            f"in {seen.quiet.polls} polls after its end the board fetched {seen.quiet.sent_bytes} "
            f"bytes more and was started {seen.quiet.boots} times"
        )
