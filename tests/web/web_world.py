"""What the tests of the page share: a server with people, and browsers that run no scripts."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import httpx
from sqlalchemy import delete
from sqlalchemy.orm import Session

from fleet.people import changes, models
from fleet.people.hashing import make_hash
from fleet.people.roles import Role
from fleet.server import FleetServer
from fleet.steering import read_rules
from fleet.tenant import preset_of

PASSWORD = "correct horse battery"
_PATIENCE_S = 60.0
T = TypeVar("T")


class Form(HTMLParser):
    """The fields of the form on a page that posts to `action`."""

    def __init__(self, html: str, action: str) -> None:
        super().__init__()
        self._action, self._inside = action, False
        self.fields: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = found.get("action", "") == self._action
        elif tag == "input" and self._inside and "name" in found:
            self.fields[found["name"]] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


class Person:
    """Somebody with a browser."""

    def __init__(self, url: str) -> None:
        # Without the trusted authorities, which take long to load and which nobody needs here.
        self.http = httpx.Client(base_url=url, timeout=20, follow_redirects=True, verify=False)

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path, follow_redirects=False)

    def read(self, path: str) -> str:
        """A page's HTML."""
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def text(self, path: str) -> str:
        """What a page says, without its marks."""
        return plain(self.read(path))

    def sign_in(self, name: str, password: str, **fields: str) -> httpx.Response:
        page = self.http.get("/ui/sign-in")
        given = {**Form(page.text, "/ui/sign-in").fields, "name": name, "password": password}
        return self.http.post("/ui/sign-in", data={**given, **fields}, follow_redirects=False)

    def send(self, page: str, action: str, **fields: str) -> httpx.Response:
        """Fill in the form for `action` on a page and send it; the answer after redirects."""
        found = Form(self.read(page), action).fields
        assert found, f"{page} has no form for {action}"
        return self.http.post(action, data={**found, **fields})


class Shop:
    """One server in a thread, and what may be seen and changed behind its back."""

    def __init__(self, data: Path, admin: str | None = None) -> None:
        self.server = FleetServer(data, admin=admin)
        self.fleet = self.server.fleet
        self._browsers: list[Person] = []

    def __enter__(self) -> Shop:
        self.server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for browser in self._browsers:
            browser.http.close()
        self.server.stop()

    def write(self, work: Callable[[Session], T]) -> T:
        return self.fleet.database.write_now(work)

    def steer(self, work: Callable[[Session], T]) -> T:
        """`write`, and polls and the page go by it at once."""
        preset = preset_of(self.fleet.settings)
        result = self.write(work)
        self.fleet.steering.rules = self.write(
            lambda session: read_rules(session, preset, self.fleet.seal)
        )
        return result

    def add(self, name: str, role: Role) -> None:
        hashed = make_hash(PASSWORD)
        self.write(lambda session: changes.add_person(session, name, hashed, role, "tests", 1))

    def remove(self, name: str) -> None:
        """Somebody goes, whoever it is."""
        self.write(lambda session: session.execute(delete(models.Person).filter_by(name=name)))

    def browser(self) -> Person:
        """A browser in which nobody is signed in."""
        self._browsers.append(Person(self.server.url))
        return self._browsers[-1]

    def signed_in(self, name: str) -> Person:
        person = self.browser()
        assert person.sign_in(name, PASSWORD).status_code == 303
        return person


def plain(html: str) -> str:
    """The text of some HTML, blanks and breaks as one blank."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.S)
    bare = re.sub(r"<[^>]*>", " ", bare)
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&#34;", '"'), ("&#39;", "'")):
        bare = bare.replace(entity, character)
    return " ".join(bare.replace("&amp;", "&").split())


def wait_for(holds: Callable[[], bool], what: str) -> None:
    """Wait for what the server does by itself."""
    give_up = time.monotonic() + _PATIENCE_S
    while not holds():
        assert time.monotonic() < give_up, what
        time.sleep(0.1)
