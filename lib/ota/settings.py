"""What can be adjusted, by `settings` in /board.json."""

WIFI_FILE = "/data/wifi.json"  # a network that was chosen at the cabinet

_PRESETS = {
    "healthy_s": 3600,  # a slot must have run so long before the other one is given up
    "trial_s": 600,  # a trial must have reached the server within this
    "prove_s": 5,  # a trial lasts at least so long
    "trials": 3,  # activations of one download when the power or the network cut the trial
    "tries": 3,  # downloads of one block that comes out wrong
    "backoff_s": 5,  # first wait after a link failed; doubles
    "backoff_most_s": 21_600,
    "quiet_s": 60,  # nobody has pressed a key for so long: idle
}


def get(board, name):
    """A setting: the board's own, or the preset. KeyError for a name that there is not."""
    return board.get("settings", {}).get(name, _PRESETS[name])
