"""`esp32.Partition` as the program sees it (facts/esp32-ota.md 9)."""

from collections.abc import Callable

import pytest

Run = Callable[..., list[str]]

SETUP = """
from esp32 import Partition as P
p = P('data')
def err(f, *a):
    try:
        print(f(*a))
    except (OSError, ValueError) as e:
        print(type(e).__name__, e.args)
"""


def lines(run: Run, program: str) -> list[str]:
    return run(SETUP + program)


def test_partitions_are_found_by_name_type_and_role(run: Run) -> None:
    assert lines(
        run,
        """
print(p.info())
print([x.info()[4] for x in P.find(P.TYPE_APP)])
print([x.info()[4] for x in P.find(P.TYPE_DATA, subtype=0x40)])
print([x.info()[4] for x in P.find(P.TYPE_DATA, label='vfs')])
print(P.find(P.TYPE_DATA, label='none'), P.find(label='vfs'))
print(P(P.RUNNING).info()[4], P(P.BOOT).info()[4], P('ota_1').get_next_update().info()[4])
""",
    ) == [
        "(1, 131, 4063232, 131072, 'data', False)",
        "['ota_0', 'ota_1']",
        "['store_0', 'store_1']",
        "['vfs']",
        "[] []",
        "ota_0 ota_0 ota_0",
    ]


def test_unknown_partitions_are_errors(run: Run) -> None:
    assert lines(run, "err(P, 'none'); err(P, 7)") == ["OSError (2,)", "ValueError ('',)"]


def test_blocks_are_read_at_any_offset(run: Run) -> None:
    program = """
p.ioctl(6, 0); p.ioctl(6, 1)
p.writeblocks(0, bytes(range(256)), 4090)
b = bytearray(4)
for args in ((0, b, 4090), (1, b, 0), (0, b, 4096 + 2), (1, b)):
    p.readblocks(*args)
    print(list(b))
"""
    assert lines(run, program) == [
        "[0, 1, 2, 3]",
        "[6, 7, 8, 9]",
        "[8, 9, 10, 11]",
        "[6, 7, 8, 9]",
    ]


def test_two_arguments_erase_and_write(run: Run) -> None:
    program = """
p.writeblocks(0, b'\\x00' * 8192)
p.writeblocks(0, b'\\x55' * 8192)
b = bytearray(8192)
p.readblocks(0, b)
print(b == b'\\x55' * 8192)
err(p.writeblocks, 0, b'x' * 100)
err(p.writeblocks, 0, b'x' * 4097)
"""
    size = "OSError (-260, 'ESP_ERR_INVALID_SIZE')"
    assert lines(run, program) == ["True", size, size]


def test_three_arguments_program_without_erasing(run: Run) -> None:
    program = """
p.ioctl(6, 0)
p.writeblocks(0, b'\\xf0', 5)
p.writeblocks(0, b'\\x3c', 5)
b = bytearray(1)
p.readblocks(0, b, 5)
print(b)
"""
    assert lines(run, program) == ["bytearray(b'0')"]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("p.readblocks, 32, bytearray(1)", "(-260, 'ESP_ERR_INVALID_SIZE')"),
        ("p.readblocks, 31, bytearray(4097)", "(-260, 'ESP_ERR_INVALID_SIZE')"),
        ("p.readblocks, -1, bytearray(1)", "(-258, 'ESP_ERR_INVALID_ARG')"),
        ("p.readblocks, 0, bytearray(1), -1", "(-258, 'ESP_ERR_INVALID_ARG')"),
        ("p.writeblocks, 32, bytes(4096)", "(-260, 'ESP_ERR_INVALID_SIZE')"),
        ("p.writeblocks, 31, bytes(1), 4096", "(-260, 'ESP_ERR_INVALID_SIZE')"),
        ("p.ioctl, 6, 32", "(-260, 'ESP_ERR_INVALID_SIZE')"),
        ("p.ioctl, 6, -1", "(-258, 'ESP_ERR_INVALID_ARG')"),
        ("p.set_boot,", "(-5379, 'ESP_ERR_OTA_VALIDATE_FAILED')"),
    ],
)
def test_errors_carry_number_and_name(run: Run, call: str, error: str) -> None:
    assert lines(run, f"err({call})") == [f"OSError {error}"]


def test_ioctl(run: Run) -> None:
    program = "print([p.ioctl(op, 0) for op in (1, 2, 3, 4, 5, 6, 7)])"
    assert lines(run, program) == ["[0, 0, 0, 32, 4096, 0, None]"]


def test_small_blocks_keep_what_shares_their_sector(run: Run) -> None:
    program = """
p.writeblocks(0, b'a' * 8192)
q = P('data', 512)
print(q.ioctl(4, 0), q.ioctl(5, 0), q.ioctl(6, 0))
q.writeblocks(7, b'b' * 1024)
b = bytearray(8192)
p.readblocks(0, b)
print(b == b'a' * 3584 + b'b' * 1024 + b'a' * 3584)
"""
    assert lines(run, program) == ["256 512 -22", "True"]


def test_a_read_takes_no_heap(run: Run) -> None:
    program = """
import gc
b = bytearray(4096)
p.readblocks(0, b)
gc.collect()
before = gc.mem_alloc()
for i in range(10):
    p.readblocks(i, b)
print((gc.mem_alloc() - before) // 10 < 64)
"""
    assert lines(run, program) == ["True"]


def test_otadata_is_writable(run: Run) -> None:
    program = """
o = P('otadata')
o.ioctl(6, 0)
b = bytearray(32)
o.readblocks(0, b)
print(b == b'\\xff' * 32)
"""
    assert lines(run, program) == ["True"]


def test_file_systems_are_made_and_mounted_on_partitions(run: Run) -> None:
    program = """
import vfs
vfs.VfsLfs2.mkfs(p)
vfs.mount(p, '/data')
with open('/data/x', 'w') as f:
    f.write('y' * 10000)
vfs.umount('/data')
vfs.mount(vfs.VfsLfs2(p, readsize=256), '/data', readonly=True)
print(len(open('/data/x').read()))
err(open, '/data/z', 'w')
"""
    assert lines(run, program) == ["10000", "OSError (30,)"]
