"""A cabinet as its sessions see it, and people who press keys, and open and close doors at once."""

from fakes_disk import Disk

from locker import keeper, session

disk = Disk()


class Door:
    """A door that is closed at once, unless it is `left_open`. `jammed`: it does not open."""

    def __init__(self, number, size):
        self.number, self.size = number, size
        self.opened = 0
        self.jammed = self.left_open = self.silent = self.has_sensor_open = False
        self.sensor = True
        self.out_of_order = None
        self.looks = 0

    def is_open(self):
        if not self.sensor or self.silent:
            return None
        was_open = self.has_sensor_open
        if was_open and not self.left_open:
            self.looks += 1
            self.has_sensor_open = self.looks < 2
        return was_open


class Doors:
    def __init__(self, sizes):
        self.all = [Door(number, size) for number, size in enumerate(sizes, 1)]

    def __len__(self):
        return len(self.all)

    def door(self, number):
        return self.all[number - 1]

    def put_out_of_order(self, number, why):
        self.door(number).out_of_order = why

    def put_in_order(self, number):
        self.door(number).out_of_order = None

    @property
    def broken_count(self):
        return len([door for door in self.all if door.out_of_order])


class Cabinet:
    """`screens` is what was shown: (name, values). `opened`: the doors that got a pulse."""

    def __init__(self, sizes="MMMM", codes=None, **settings):
        self.doors = Doors(sizes)
        self.turns = self.screen = self
        self.board = {"settings": {"code_digits": 4, "close_s": 1}}
        self.board["settings"].update(settings)
        if codes:
            self.board["codes"] = codes
        self.restart()

    def restart(self):
        """As after a reset."""
        self.ledger = keeper.load(len(self.doors), False)
        self.screens, self.opened, self.secrets = [], [], []
        self.stuck = 0
        self.locks = []
        self.has_mail = False
        self.agent = None
        self._keys = ""

    async def visit(self, keys, **given):
        """One session: somebody presses these keys, and then none. The names of its screens."""
        self._keys = keys
        self.screens = []
        await session.run(self)
        assert not self._keys or given, self._keys
        return [name for name, _ in self.screens]

    def setting(self, name, preset):
        return self.board["settings"].get(name, preset)

    def show(self, name, *values, secret=False):
        self.screens.append((name, values))
        if secret:
            self.secrets.append((name, values))

    def last(self, name):
        """The values of the last screen of this name."""
        return [values for each, values in self.screens if each == name][-1]

    async def key_waits(self, _timeout_ms):
        return self._keys[:1]

    def next_key(self):
        key, self._keys = self._keys[0], self._keys[1:]
        return key

    def drop_keys(self):
        pass

    def coil_is_on(self):
        return False

    async def open(self, door):
        if door.out_of_order:
            return door.out_of_order
        self.opened.append(door.number)
        if door.jammed:
            return "not opened"
        door.has_sensor_open, door.looks = True, 0
        return None

    def lock_for(self, seconds):
        self.locks.append(seconds)

    def locked_s(self):
        return self.locks[-1] if self.locks and self.locks[-1] > 20 else 0

    def states(self):
        return [self.ledger.state(number) for number in range(1, len(self.doors) + 1)]

    def events(self):
        """The kinds of all events, the oldest first."""
        return [kind for kind, _, _ in self.ledger.events()][::-1]
