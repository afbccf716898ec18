"""Where layers lie in a store: presets kept, moves only when they must be, refusal when full."""

from __future__ import annotations

import itertools
import random

import pytest

from lockerctl.layout import Placement, StoreFullError, lay_out

KIB = 1024
STORE = 256 * KIB
P = Placement


def end_of(places: dict[str, Placement]) -> int:
    return max(place.address + place.capacity for place in places.values())


def test_first_layout_shares_out_the_whole_store() -> None:
    places = lay_out({"app": 80 * KIB, "assets": 16 * KIB}, {}, STORE)
    assert places["app"].address == 4096
    assert places["assets"].address == places["app"].end
    assert STORE - 2 * 4096 <= end_of(places) <= STORE
    assert places["app"].capacity > 4 * places["assets"].capacity


PRESET = {"app": P(4096, 96 * KIB), "assets": P(100 * KIB, 16 * KIB)}


@pytest.mark.parametrize(
    ("lengths", "previous", "expected"),
    [
        # Both fit their capacity, one to the last byte.
        ({"app": 96 * KIB, "assets": 1 * KIB}, PRESET, PRESET),
        # The order in the release plays no part.
        ({"assets": 1 * KIB, "app": 1 * KIB}, PRESET, PRESET),
        # A layer that is gone leaves the others where they are.
        ({"app": 10 * KIB}, PRESET, {"app": PRESET["app"]}),
        # A new one goes behind them, and gets all the room there is.
        (
            {"app": 10 * KIB, "assets": 1 * KIB, "fonts": 20 * KIB},
            PRESET,
            {**PRESET, "fonts": P(116 * KIB, 140 * KIB)},
        ),
        # One that has outgrown its place moves to where it fits; the other stays.
        (
            {"app": 97 * KIB, "assets": 1 * KIB},
            PRESET,
            {"app": P(116 * KIB, 140 * KIB), "assets": PRESET["assets"]},
        ),
        # A gap that another left is used again.
        (
            {"assets": 1 * KIB, "fonts": 90 * KIB},
            {**PRESET, "last": P(116 * KIB, 140 * KIB)},
            {"assets": PRESET["assets"], "fonts": P(116 * KIB, 140 * KIB)},
        ),
        # No gap is big enough: the small one moves, the big one stays.
        (
            {"app": 90 * KIB, "assets": 1 * KIB, "fonts": 150 * KIB},
            {"app": P(4096, 96 * KIB), "assets": P(128 * KIB, 8 * KIB)},
            {
                "app": P(4096, 96 * KIB),
                "assets": P(100 * KIB, 4 * KIB),
                "fonts": P(104 * KIB, 152 * KIB),
            },
        ),
        # A place that this store does not have is no preset.
        (
            {"app": 10 * KIB, "assets": 1 * KIB},
            {"app": P(4096, 96 * KIB), "assets": P(STORE, 16 * KIB)},
            {"app": P(4096, 96 * KIB), "assets": P(100 * KIB, 156 * KIB)},
        ),
    ],
)
def test_layers_lie_where_the_table_says(
    lengths: dict[str, int], previous: dict[str, Placement], expected: dict[str, Placement]
) -> None:
    places = lay_out(lengths, previous, STORE)
    assert places == expected
    assert list(places) == list(lengths)


def test_full_store_is_refused_with_the_layer_and_the_missing_bytes() -> None:
    with pytest.raises(StoreFullError) as caught:
        lay_out({"app": 200 * KIB, "assets": 53 * KIB}, PRESET, STORE)
    message = f"layer app ({200 * KIB} bytes) does not fit: {4 * KIB} bytes are missing in a store"
    assert str(caught.value).startswith(message)


def test_layer_that_grew_most_is_the_one_that_is_named() -> None:
    preset = {"app": P(4096, 200 * KIB), "assets": P(204 * KIB, 52 * KIB)}
    with pytest.raises(StoreFullError, match="layer assets "):
        lay_out({"app": 180 * KIB, "assets": 100 * KIB}, preset, STORE)


def test_store_is_used_to_the_last_sector() -> None:
    places = lay_out({"app": 200 * KIB, "assets": 49 * KIB}, PRESET, STORE)
    assert places == {"app": P(4096, 200 * KIB), "assets": P(204 * KIB, 52 * KIB)}


def test_any_history_of_releases_keeps_the_rules() -> None:
    refused = kept = moved = 0
    for seed in range(300):
        chance = random.Random(seed)
        previous: dict[str, Placement] = {}
        for _ in range(12):
            names = chance.sample("abcdefg", chance.randint(1, 6))
            lengths = {name: chance.randint(1, 70) * KIB for name in names}
            needed = sum(-(-length // 4096) * 4096 for length in lengths.values())
            if needed > STORE - 4096:
                with pytest.raises(StoreFullError):
                    lay_out(lengths, previous, STORE)
                refused += 1
                continue
            places = lay_out(lengths, previous, STORE)
            check_rules(places, lengths)
            stays = [n for n in names if n in previous and lengths[n] <= previous[n].capacity]
            if len(stays) == len(names):
                assert places == {name: previous[name] for name in names}
                kept += 1
            moved += any(places[name] != previous[name] for name in stays)
            previous = places
    assert min(refused, kept, moved) > 50


def check_rules(places: dict[str, Placement], lengths: dict[str, int]) -> None:
    ordered = sorted(places.values(), key=lambda place: place.address)
    assert places.keys() == lengths.keys()
    assert ordered[0].address >= 4096
    assert ordered[-1].end <= STORE
    for left, right in itertools.pairwise(ordered):
        assert left.end <= right.address
    for name, place in places.items():
        assert place.capacity >= lengths[name]
        assert place.address % 4096 == place.capacity % 4096 == 0
