"""A cabinet as its sessions see it, and people who press keys, and open and close doors at once."""

from fakes_disk import Disk

from locker import errand, keeper, session

disk = Disk(new=True)


class Door:
    """A door that is closed soon, or at once (`quick`), or `left_open`. `jammed`: it won't open.

    `when_unlocked` is called when its lock has got its pulses.
    """

    def __init__(self, number, size):
        self.number, self.size = number, size
        self.opened = 0
        self.jammed = self.left_open = self.quick = self.silent = self.has_sensor_open = False
        self.sensor = True
        self.when_unlocked = lambda: None
        self.out_of_order = None
        self.looks = self.misses = 0

    def retire_if_stuck(self):
        if self.misses >= 3:
            self.out_of_order = "did not open 3 times"

    def put_out_of_order(self, why):
        self.out_of_order = why

    def put_in_order(self):
        self.out_of_order = None

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

    @property
    def broken_count(self):
        return len([door for door in self.all if door.out_of_order])


class Cabinet:
    """`screens` is what was shown: (name, values). `opened`: the doors that got a pulse.

    Whoever is there presses the next key as soon as one is looked for; `press` is for those that
    do not wait.
    """

    def __init__(self, sizes="MMMM", codes=None, **settings):
        self.doors = Doors(sizes)
        self.screen = self.visit = self.turns = self
        self.board = {"settings": {"code_digits": 4, "close_s": 1, "patience_s": 0, "show_s": 0}}
        self.board["settings"].update(settings)
        if codes:
            self.board["codes"] = codes
        self._silenced = {}
        self.restart()

    def restart(self):
        """As after a reset."""
        self.ledger = self.agent = self.flaw = self.locked_until_ms = None
        self.screens, self.opened, self.secrets = [], [], []
        self.stuck = 0
        self.has_mail = False
        self._typed = self._to_press = ""

    async def comes(self, keys, **given):
        """One session: somebody presses these keys, and then none. The names of its screens."""
        self._typed, self._to_press = "", keys
        self.screens = []
        following = await session.run(self)
        while following:
            _, asked, answer = await errand.Visit(self, *following[1:]).task
            self._typed = ""
            following = await session.run(self, asked, answer)
        unread = self._typed + self._to_press
        assert not unread or given, unread
        assert self.ledger is None
        return [name for name, _ in self.screens]

    def press(self, keys):
        """Press keys now, whether or not anybody looks for them."""
        self._typed += keys

    @property
    def typed(self):
        if not self._typed:
            self._typed, self._to_press = self._to_press[:1], self._to_press[1:]
        return self._typed

    @typed.setter
    def typed(self, keys):
        self._typed = keys

    async def coil_off(self):
        """None is ever on."""

    def setting(self, name, preset):
        return self.board["settings"].get(name, preset)

    def silence(self, number, at):
        """The door's expander falls silent when the screen `at` is shown next."""
        self._silenced[at] = self.doors.door(number)

    def show(self, name, *values, secret=False):
        self.screens.append((name, values))
        if name in self._silenced:
            door = self._silenced.pop(name)
            door.silent, door.out_of_order = True, "its expander does not answer"
        if secret:
            self.secrets.append((name, values))

    def last(self, name):
        """The values of the last screen of this name."""
        return [values for each, values in self.screens if each == name][-1]

    async def open(self, door, anyway=False):
        if door.out_of_order and not anyway:
            return door.out_of_order
        self.opened.append(door.number)
        is_jammed = door.jammed
        door.when_unlocked()
        if is_jammed:
            door.misses += 1
            return "not opened"
        door.has_sensor_open, door.looks = not door.quick, 0
        return None

    def kept(self):
        """The ledger as it is on flash."""
        return keeper.ledger_of(self)

    def keep(self, change):
        """Change it by `change(ledger)`."""
        kept = self.kept()
        change(kept)
        keeper.save(kept)

    def states(self):
        return [self.kept().state(number) for number in range(1, len(self.doors) + 1)]

    def events(self):
        """The kinds of all events, the oldest first."""
        return [kind for kind, _, _ in self.kept().events()][::-1]
