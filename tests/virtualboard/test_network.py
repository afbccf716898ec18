"""WiFi that can go away, and the link that counts, cuts, stalls and tampers."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from conftest import MakeBoard
from virtualboard.board import State, VirtualBoard

Run = Callable[..., list[str]]

JOIN = """
import network, time, socket
w = network.WLAN(network.WLAN.IF_STA)
w.active(True)
w.connect('PICSimLabWifi', '')
while not w.isconnected(): time.sleep_ms(5)
"""
FETCH = (
    JOIN
    + """
def fetch(host, port):
    s = socket.socket()
    n = 0
    try:
        s.connect(socket.getaddrinfo(host, port)[0][-1])
        s.write(b'hello')
        while True:
            k = len(s.recv(1000))
            if not k:
                print('end after', n)
                break
            n += k
            if n >= 5000 and n - k < 5000:
                print('half')
    except OSError as e:
        print('error', e.errno, 'after', n)
    finally:
        s.close()
"""
)


class Server:
    """Answers each connection with 10,000 bytes, as soon as it has heard something."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.heard = b""
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                self.heard += connection.recv(100)
                connection.sendall(b"x" * 10000)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def finish(board: VirtualBoard) -> list[str]:
    if board.state == State.OFF:
        board.power_on()
    board.wait_for_state(State.REPL)
    return board.console.lines()


def test_joining_takes_a_moment(run: Run) -> None:
    lines = run(
        """
import network, time
w = network.WLAN(network.WLAN.IF_STA)
print(w.active(), w.isconnected(), w.status(), w.ifconfig()[0])
w.active(True)
w.connect('PICSimLabWifi')
print(w.isconnected(), w.status() == network.STAT_CONNECTING)
while not w.isconnected(): time.sleep_ms(5)
print(w.status() == network.STAT_GOT_IP, w.ifconfig()[0], w.config('ssid'), len(w.config('mac')))
w.disconnect()
print(w.isconnected(), w.status() == network.STAT_IDLE)
"""
    )
    assert lines == [
        "False False 1000 0.0.0.0",
        "False True",
        "True 192.168.4.15 PICSimLabWifi 6",
        "False True",
    ]


@pytest.mark.parametrize(
    ("ssid", "key", "status"),
    [("home", "secret", 1010), ("home", "guess", 202), ("away", "", 201)],
    ids=["right key", "wrong key", "not in the air"],
)
def test_the_air_knows_some_networks(
    make_board: MakeBoard, ssid: str, key: str, status: int
) -> None:
    board = make_board(
        f"""
import network, time
w = network.WLAN()
w.active(True)
w.connect({ssid!r}, {key!r})
time.sleep_ms(120)
print('status', w.status())
"""
    )
    board.wifi.networks["home"] = "secret"
    assert f"status {status}" in finish(board)


def test_errors_of_the_driver_are_texts(run: Run) -> None:
    lines = run(
        """
import network
w = network.WLAN()
for _ in range(2):
    try:
        w.connect('PICSimLabWifi')
        w.connect('other')
    except OSError as e:
        print(e)
    w.active(True)
"""
    )
    assert lines == ["Wifi Not Started", "Wifi Internal State Error"]


def test_a_lost_network_is_joined_again_when_it_is_back(make_board: MakeBoard) -> None:
    board = make_board(
        JOIN
        + """
print('joined')
while w.isconnected(): time.sleep_ms(2)
print('lost', w.status())
while not w.isconnected(): time.sleep_ms(2)
print('back')
"""
    )
    board.power_on()
    board.console.wait_for("joined")
    board.wifi.drop()
    board.console.wait_for("lost")
    assert not board.wifi.connected
    board.wifi.restore()
    board.console.wait_for("back")


def test_reconnects_can_be_limited(make_board: MakeBoard) -> None:
    board = make_board(JOIN + "w.config(reconnects=0)\nprint('joined')\ntime.sleep(9)")
    board.wifi.retry_s = 0.02
    board.power_on()
    board.console.wait_for("joined")
    board.wifi.drop()
    time.sleep(0.1)
    board.wifi.restore()
    time.sleep(0.1)
    assert not board.wifi.connected


def test_wifi_is_off_after_a_hard_reset_and_stays_through_a_soft_one(make_board: MakeBoard) -> None:
    board = make_board(
        """
import machine, network
w = network.WLAN()
print('at start', w.active(), w.isconnected())
if machine.reset_cause() == 1:
    w.active(True)
    w.connect('Espressif')
    while not w.isconnected(): pass
    machine.soft_reset()
elif machine.reset_cause() == 5:
    machine.reset()
"""
    )
    lines = [line for line in finish(board) if line.startswith("at")]
    assert lines == ["at start False False", "at start True True", "at start False False"]


def test_all_traffic_is_counted(make_board: MakeBoard, server: Server) -> None:
    board = make_board(FETCH + f"fetch('192.168.4.2', {server.port})")
    assert "end after 10000" in finish(board)
    assert (board.link.bytes_to_board, board.link.bytes_from_board) == (10000, 5)
    assert board.link.connections == 1
    assert server.heard == b"hello"


def test_asyncio_streams_go_the_same_way(make_board: MakeBoard, server: Server) -> None:
    board = make_board(
        JOIN
        + f"""
import asyncio
async def get():
    r, s = await asyncio.open_connection('localhost', {server.port})
    s.write(b'hello')
    await s.drain()
    print('got', len(await r.readexactly(10000)))
asyncio.run(get())
"""
    )
    assert "got 10000" in finish(board)
    assert board.link.bytes_to_board == 10000


def test_an_open_connection_takes_as_much_of_the_heap_as_tls(
    make_board: MakeBoard, server: Server
) -> None:
    board = make_board(
        JOIN
        + f"""
import asyncio, gc
async def get():
    r, s = await asyncio.open_connection('localhost', {server.port})
    gc.collect()
    print('open', gc.mem_free())
    s.close()
    await s.wait_closed()
    w.isconnected()
    gc.collect()
    print('closed', gc.mem_free())
asyncio.run(get())
""",
        heap_bytes=100 * 1024,
    )
    free = dict(line.split() for line in finish(board) if line.startswith(("open", "closed")))
    assert 42 * 1024 <= int(free["closed"]) - int(free["open"]) < 48 * 1024
    assert int(free["open"]) < 115 * 1024


def test_names_can_be_given_another_meaning(make_board: MakeBoard, server: Server) -> None:
    program = f"fetch('update.example', {server.port})\nfetch('other.example', 80)"
    board = make_board(FETCH + program)
    board.link.hosts["update.example"] = "127.0.0.1"
    board.link.hosts["other.example"] = f"127.0.0.1:{server.port}"
    assert finish(board).count("end after 10000") == 2


def test_names_are_not_found_without_wifi_or_at_all(make_board: MakeBoard) -> None:
    board = make_board(FETCH + "fetch('no.such.name.invalid', 80)\nw.disconnect()\nfetch('a', 80)")
    assert [line for line in finish(board) if line.startswith("error")] == [
        "error -202 after 0"
    ] * 2


def test_a_server_that_is_not_there_resets_the_connection(make_board: MakeBoard) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    board = make_board(FETCH + f"fetch('192.168.4.2', {port})")
    assert "error 104 after 0" in finish(board)


def test_the_link_is_cut_after_so_many_bytes_once(make_board: MakeBoard, server: Server) -> None:
    board = make_board(FETCH + f"for _ in range(2): fetch('192.168.4.2', {server.port})")
    board.link.cut_after(1234)
    lines = finish(board)
    assert "error 104 after 1234" in lines
    assert lines[-1] == "end after 10000"


def test_losing_wifi_kills_connections(make_board: MakeBoard, server: Server) -> None:
    board = make_board(FETCH + f"fetch('192.168.4.2', {server.port})")
    board.link.delay_s = 0.05
    board.power_on()
    board.console.wait_for("half")
    board.wifi.drop()
    assert any(line.startswith("error 104 after") for line in finish(board))


def test_an_address_from_before_leads_nowhere_without_wifi(
    make_board: MakeBoard, server: Server
) -> None:
    board = make_board(
        JOIN
        + f"""
address = socket.getaddrinfo('192.168.4.2', {server.port})[0][-1]
w.disconnect()
try:
    s = socket.socket()
    s.connect(address)
    s.write(b'hello')
    print(s.read(1))
except OSError as e:
    print('errno', e.errno)
"""
    )
    assert "errno 104" in finish(board)
    assert board.link.connections == 0


def test_a_stalled_link_moves_nothing_until_it_goes_on(
    make_board: MakeBoard, server: Server
) -> None:
    board = make_board(FETCH + f"fetch('192.168.4.2', {server.port})")
    board.link.stall()
    board.power_on()
    with pytest.raises(TimeoutError):
        board.console.wait_for("half", timeout=0.3)
    assert board.link.bytes_to_board == 0
    board.link.resume()
    assert "end after 10000" in finish(board)


def test_bytes_can_be_tampered_with(make_board: MakeBoard, server: Server) -> None:
    board = make_board(
        JOIN
        + f"""
s = socket.socket()
s.connect(socket.getaddrinfo('192.168.4.2', {server.port})[0][-1])
s.write(b'hello')
print(s.read(3))
"""
    )
    board.link.tamper = lambda data: data.replace(b"x", b"y")
    assert "b'yyy'" in finish(board)


def test_connections_end_with_the_power(make_board: MakeBoard, server: Server) -> None:
    board = make_board(FETCH + f"fetch('192.168.4.2', {server.port})")
    board.link.delay_s = 0.05
    board.power_on()
    board.console.wait_for("half")
    board.power_off()
    board.link.delay_s = 0
    board.power_on()
    board.console.wait_for("end after 10000")


def test_the_emulators_networks_are_in_the_air(run: Run) -> None:
    program = "import network\nw = network.WLAN(0)\nw.active(1)\nprint([x[0] for x in w.scan()])"
    assert run(program) == ["[b'Espressif', b'MasseyWifi', b'PICSimLabWifi']"]
