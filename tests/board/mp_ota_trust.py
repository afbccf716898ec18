"""What a board believes, from the repository's URL to an entry: time, fetching, what is kept."""

import os

import vfs
from fakes_link import error_of
from tuf_repo import BUFFER, LATER, NOW_S, Files, Key, Repo

from net.date import seconds
from net.errors import LinkError, StatusError
from ota import trust
from ota.errors import LapsedError, ReleaseError, UntrustedError, VisitError
from ota.trust import manifest
from store.modules import drop, keep

TLS = False  # while signatures are verified there is no connection
TARGET = "locker/1.1.0/manifest.json"
URL = "http://s/tuf"
DATE = "Fri, 15 Jan 2027 08:00:00 GMT"  # NOW_S


class Http:
    """The repository at its URL. `answers`: path -> what it says instead: status, body."""

    def __init__(self, repo):
        self.repo, self.answers, self.requests = repo, {}, []
        self.date, self.is_open = DATE, False
        self._body = b""

    def close(self):
        self.is_open = False

    async def request(self, method, url):
        assert method == "GET" and url.startswith(URL + "/")
        path = url[len(URL) + 1 :]
        self.requests.append(path)
        self.is_open = True
        if path in self.answers:
            status, self._body = self.answers[path]
        elif path in self.repo.files:
            status, self._body = 200, self.repo.files[path]
        else:
            status, self._body = 404, b"not here"
        if isinstance(status, Exception):
            raise status
        return status, {}

    async def piece(self, most):
        part, self._body = self._body[: min(most, 700)], self._body[min(most, 700) :]
        return part


class Agent:
    """What ota.trust sees of it. It stands for its own boot, record and spool."""

    def __init__(self, repo):
        self.boot = self.record = self.spool = self
        self.board, self.memory = {"tuf": URL}, BUFFER
        self.http, self.memo = Http(repo), {}
        self.visited = False
        self.ddi, self.served, self.ranges = self, b"manifest", []
        self.fields = {}

    def hang_up(self):
        self.http.close()

    def setting(self, name):
        return {"tries": 3}[name]

    def alive(self):
        """Nobody watches."""

    async def stand_by(self):
        """No coil is ever on."""

    async def give_way(self):
        if self.visited:
            raise VisitError

    async def get_range(self, *args):
        self.ranges.append(args)

    def bytes(self):
        return self.served

    def get(self, name, preset=None):
        return self.fields.get(name, preset)

    def put(self, **fields):
        self.fields.update(fields)


class Disk:
    """Flash in a file of the host: the heap is for what is tested."""

    def __init__(self, path):
        self._file = open(path, "w+b")  # noqa: SIM115 - as long as the board

    def readblocks(self, block, target, offset=0):
        self._file.seek(block * 512 + offset)
        self._file.readinto(target)

    def writeblocks(self, block, data, offset=0):
        self._file.seek(block * 512 + offset)
        self._file.write(data)

    def ioctl(self, op, _arg):
        return {4: 64, 5: 512}.get(op, 0)


class _Production:
    """What was written at `/root.json`."""

    def mount(self, _readonly, _mkfs):
        """As vfs.mount wants it."""

    def umount(self):
        """The same."""

    def open(self, _path, mode):
        return self.repo.files.open("1.root.json", mode)


def _offered(data=b"manifest"):
    repo = Repo()
    repo.add("targets", TARGET, data)
    repo.publish("targets", "snapshot", "timestamp")
    return repo


def _agent(repo):
    """A board that was made with the repository's first root, and has nothing on `data` yet."""
    _Production.repo = repo
    for path in [each[1] for each in vfs.mount() if each[1] != "/"]:
        vfs.umount(path)
    vfs.mount(_Production(), "/root.json")
    disk = Disk(Files().folder + "disk")
    vfs.VfsLfs2.mkfs(disk)
    vfs.mount(vfs.VfsLfs2(disk), "/data")
    return Agent(repo)


async def listed(agent, target):
    """ota.trust.listed at the time that the server told last; then all is as after a job."""
    try:
        return await trust.listed(agent, target, seconds(agent.http.date))
    finally:
        keep("tuf")
        drop("ota", "proof")


async def test_entry_of_a_signed_release_is_given():
    agent = _agent(_offered())
    entry = await listed(agent, TARGET)
    assert entry["length"] == 8
    assert sorted(os.listdir("/data/trust")) == ["snapshot.json", "targets.json", "timestamp.json"]


async def test_release_that_nobody_signed_is_not_believed():
    agent = _agent(_offered())
    error = await error_of(UntrustedError, listed(agent, "locker/6.6.6/manifest.json"))
    assert "locker/6.6.6" in str(error)


async def test_board_that_was_made_to_trust_nobody_asks_nobody():
    agent = _agent(_offered())
    del agent.boot.board["tuf"]
    await error_of(UntrustedError, listed(agent, TARGET))
    assert agent.http.requests == []


async def test_nothing_new_is_two_requests_and_no_signature_check():
    agent = _agent(_offered())
    await listed(agent, TARGET)
    before = dict(agent.memo)
    agent.http.requests.clear()
    await listed(agent, TARGET)
    assert agent.http.requests == ["2.root.json", "timestamp.json"]
    assert agent.memo == before


async def test_connection_is_closed_while_signatures_are_verified():
    agent = _agent(_offered())
    open_then = []
    agent.alive = lambda: open_then.append(agent.http.is_open)
    await listed(agent, TARGET)
    assert open_then
    assert not any(open_then)


async def test_customer_does_not_wait_for_signatures():
    agent = _agent(_offered())
    agent.visited = True
    await error_of(VisitError, listed(agent, TARGET))
    assert not agent.memo


async def test_newer_root_is_followed_to_the_next_keys():
    repo = _offered()
    repo.trust("root", [Key(4)])
    repo.signers["root"] = [Key(0), Key(4)]
    repo.publish("root")
    repo.trust("timestamp", [Key(5)])
    repo.signers["root"] = [Key(4)]
    repo.publish("root", "timestamp")
    agent = _agent(repo)
    assert (await listed(agent, TARGET))["length"] == 8
    agent.memo.clear()
    agent.http.requests.clear()
    await listed(agent, TARGET)
    assert agent.http.requests == ["4.root.json", "timestamp.json"]


async def test_expired_timestamp_is_a_lapse_not_a_crime():
    agent = _agent(_offered())
    repo = agent.http.repo
    repo.signed["timestamp"]["expires"] = "2027-01-15T08:00:00Z"
    repo.publish("timestamp")
    assert "timestamp" in str(await error_of(LapsedError, listed(agent, TARGET)))
    repo.signed["timestamp"]["expires"] = LATER
    repo.publish("timestamp")
    await listed(agent, TARGET)


async def test_repository_that_is_not_whole_is_a_lapse():
    agent = _agent(_offered())
    del agent.http.repo.files["timestamp.json"]
    await error_of(LapsedError, listed(agent, TARGET))


async def test_server_that_tells_no_time_is_waited_for():
    for date in (None, "", "yesterday", "Fri, 15 Jan 1999 08:00:00 GMT"):
        agent = _agent(_offered())
        agent.http.date = date
        await error_of(LapsedError, listed(agent, TARGET))
        assert agent.http.requests == []


async def test_clock_never_goes_back_behind_a_proven_time():
    agent = _agent(_offered())
    await listed(agent, TARGET)
    assert agent.record.get("time")[0] == NOW_S
    repo = agent.http.repo
    repo.signed["timestamp"]["expires"] = "2027-01-15T08:00:00Z"
    repo.publish("timestamp")
    agent.http.date = "Fri, 15 Jan 2027 07:59:59 GMT"
    await error_of(LapsedError, listed(agent, TARGET))


async def test_time_at_which_all_is_expired_proves_nothing():
    agent = _agent(_offered())
    agent.http.date = "Fri, 15 Jan 2077 08:00:00 GMT"
    await error_of(LapsedError, listed(agent, TARGET))
    agent.http.date = DATE
    await listed(agent, TARGET)


async def test_proven_time_is_written_once_an_hour():
    agent = _agent(_offered())
    for clock, proven in (("08:00:00", 0), ("08:59:59", 0), ("09:00:00", 3600)):
        agent.http.date = f"Fri, 15 Jan 2027 {clock} GMT"
        await listed(agent, TARGET)
        assert agent.record.get("time")[0] == NOW_S + proven


async def test_time_that_replaced_keys_have_proven_counts_no_more():
    """A thief has signed what lasts, and told a time shortly before it expires."""
    repo = _offered()
    agent = _agent(repo)
    agent.http.date = "Wed, 01 Jan 2031 00:00:00 GMT"
    await listed(agent, TARGET)
    agent.http.date = DATE
    repo.trust("timestamp", [Key(4)])
    for role in ("timestamp", "root"):
        repo.signed[role]["expires"] = LATER
    repo.publish("root", "timestamp")
    await listed(agent, TARGET)
    assert agent.record.get("time")[0] == NOW_S


async def test_older_timestamp_is_refused():
    agent = _agent(_offered())
    repo = agent.http.repo
    old = bytes(repo.files["timestamp.json"])
    repo.publish("timestamp")
    await listed(agent, TARGET)
    agent.http.answers["timestamp.json"] = 200, old
    await error_of(UntrustedError, listed(agent, TARGET))


async def test_endless_file_is_read_to_its_limit_only():
    class Endless:
        def __init__(self):
            self.given = 0

        def __getitem__(self, part):
            if part.start is not None:
                return self
            self.given += part.stop
            return b" " * part.stop

    for name, limit in (("2.root.json", 8193), ("timestamp.json", 2049)):
        agent = _agent(_offered())
        body = Endless()
        agent.http.answers[name] = 200, body
        await error_of(UntrustedError, listed(agent, TARGET))
        assert body.given == limit


async def test_server_error_and_broken_link_pass_through():
    for answer, kind in (((500, b""), StatusError), ((LinkError("gone"), b""), LinkError)):
        agent = _agent(_offered())
        agent.http.answers["timestamp.json"] = answer
        await error_of(kind, listed(agent, TARGET))
        del agent.http.answers["timestamp.json"]
        await listed(agent, TARGET)


async def test_damaged_store_is_fetched_anew():
    agent = _agent(_offered())
    await listed(agent, TARGET)
    for name in ("timestamp.json", "snapshot.json", "targets.json"):
        with open("/data/trust/" + name, "wb") as file:
            for _ in range(90):
                file.write(bytes(100))
        agent.memo.clear()
        assert (await listed(agent, TARGET))["length"] == 8


async def test_more_roots_than_one_refresh_takes_go_on_at_the_next():
    repo = _offered()
    for _ in range(70):
        repo.publish("root")
    agent = _agent(repo)
    await error_of(LapsedError, listed(agent, TARGET))
    assert (await listed(agent, TARGET))["length"] == 8


class Deployment:
    release = ("locker", "1.1.0")

    def __init__(self, size):
        self._size = size

    def artifact(self, part, file):
        assert (part, file) == ("manifest", "manifest.json")
        return "http://s/m", self._size


async def test_manifest_is_given_when_its_bytes_are_the_signed_ones():
    agent = _agent(_offered())
    assert await manifest(agent, Deployment(8)) == b"manifest"
    assert agent.ranges == [("http://s/m", 0, 8, None)]
    assert not agent.http.is_open


async def test_file_that_was_spoilt_on_the_way_is_asked_for_again():
    first = _agent(_offered())
    await manifest(first, Deployment(8))
    for path in first.http.requests[1:]:
        agent = _agent(_offered())
        http, whole = agent.http, bytes(agent.http.repo.files[path])
        http.answers[path] = 200, whole.replace(b"1", b"0")
        http.close = lambda http=http, path=path: (
            http.answers.pop(path, None) if path in http.requests else None
        )
        assert await manifest(agent, Deployment(8)) == b"manifest"
        assert http.requests.count(path) == 2, path


async def test_manifest_with_other_bytes_than_the_signed_ones_is_refused():
    agent = _agent(_offered())
    for served in (b"manifesT", b"manifes", b""):
        agent.served = served
        await error_of(UntrustedError, manifest(agent, Deployment(8)))


async def test_manifest_of_another_size_than_the_signed_one_is_not_fetched():
    agent = _agent(_offered())
    for size in (0, -1, 7, 9, 3585, None, "8", 1.5):
        await error_of(UntrustedError, manifest(agent, Deployment(size)))
    assert agent.ranges == []


async def test_manifest_that_no_header_has_room_for_is_not_fetched():
    for length in (0, 3585):
        agent = _agent(_offered(b"m" * length))
        await error_of(ReleaseError, manifest(agent, Deployment(length)))
        assert agent.ranges == []
