"""Copies what changed in `lib/` to a board on the bench, in developer mode."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any, TypeVar

from lockerctl.deploy_plan import DEVELOPER_FOLDER, Found, Plan, make_plan, unit_of
from lockerctl.errors import UserError
from lockerctl.repl import Repl

_T = TypeVar("_T")

_DATA, _APP = "/data/", "/app/"
_DEVELOPER_FILES = f"{_DATA}{DEVELOPER_FOLDER}"

# Runs on the board, and prints as it goes, for memory is little: a line with the mode and the size
# of `data`, then one for each file and each empty folder (which would hide a package of the layer).
_LOOK = """
import gc,os,json,hashlib,binascii
gc.collect()
def look(at):
 if not os.listdir(at):
  print(json.dumps([at,0,'']))
 for e in os.ilistdir(at):
  p=at+e[0]
  if e[1]==0x4000:
   look(p+'/')
   continue
  h=hashlib.sha256();n=0
  with open(p,'rb') as f:
   while True:
    b=f.read(512)
    if not b:break
    h.update(b);n+=len(b)
  print(json.dumps([p,n,binascii.hexlify(h.digest()).decode()]))
with open('/board.json') as f:
 d=bool(json.load(f).get('developer'))
m=os.listdir('/')
r='data' in m and 'app' in m
s=os.statvfs('/data') if r else (0,)*10
print(json.dumps([d,r,s[0],s[2]]))
if d and r:
 look('/data/')
 look('/app/')
"""
_REMOVE = """
import os
def gone(p):
 if os.stat(p)[0]&0x4000:
  for e in os.listdir(p):
   gone(p+'/'+e)
  os.rmdir(p)
 else:
  os.remove(p)
"""
_FOLDER = """
import os
def folder(p):
 try:
  os.mkdir(p)
 except OSError as e:
  if e.errno!=17:
   raise
"""


def deploy(repl: Repl, files: Mapping[str, bytes], tell: Callable[[str], None]) -> Plan:
    """Make a board in developer mode run `files` (path in `lib` to content), and reset it.

    Raises UserError: not in developer mode, no room; and what the REPL's tool raises.
    """
    plan = make_plan(files, _look(repl))
    repl.run(_REMOVE)
    repl.run(_FOLDER)
    for unit in plan.remove:
        tell(f"removing {unit}: not needed any more")
        repl.run(f"gone({_place(unit)!r})")
    for unit in plan.copy:
        tell(f"copying {unit}")
        _copy(repl, unit, {path: data for path, data in files.items() if unit_of(path) == unit})
    repl.reset()
    return plan


def _look(repl: Repl) -> Found:
    mode, *lines = (_parse(line) for line in repl.run(_LOOK).splitlines())
    developer, ready, block_size, block_count = mode
    if not developer:
        raise UserError("the board is not in developer mode: build its image with --developer")
    if not ready:
        raise UserError("the board was not up yet: reset it, wait a few seconds, try again")
    return Found(
        developer=_below(f"{_DEVELOPER_FILES}/", {path: digest for path, _, digest in lines}),
        app=_below(_APP, {path: digest for path, _, digest in lines}),
        data=_below(_DATA, {path: size for path, size, _ in lines}),
        block_size=block_size,
        block_count=block_count,
    )


def _below(root: str, values: Mapping[str, _T]) -> dict[str, _T]:
    below = {path.removeprefix(root): x for path, x in values.items() if path.startswith(root)}
    below.pop("", None)
    return below


def _parse(line: str) -> list[Any]:
    try:
        parsed: list[Any] = json.loads(line)
    except ValueError as error:
        raise UserError(f"the board answers {line[:60]!r}: is it a locker board?") from error
    return parsed


def _copy(repl: Repl, unit: str, files: Mapping[str, bytes]) -> None:
    """Replace a unit. The old one goes first: `data` has no room for both."""
    repl.run(f"folder({_DEVELOPER_FILES!r})")
    repl.run(f"try:\n gone({_place(unit)!r})\nexcept OSError as e:\n if e.errno!=2:\n  raise")
    folders = {str(folder) for path in files for folder in PurePosixPath(path).parents} - {"."}
    for folder in sorted(folders):
        repl.run(f"folder({_place(folder)!r})")
    for path, data in sorted(files.items()):
        repl.put(_place(path), data)


def _place(path: str) -> str:
    return f"{_DEVELOPER_FILES}/{path}"
