"""Tables of people, and of where they are signed in. Times are milliseconds since 1970."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from fleet.people.roles import Role
from fleet.store.models import Base, Id, text_enum


class Person(Base):
    """Somebody who may use the server. `password` is an argon2 hash with its parameters."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    password: Mapped[str] = mapped_column(String(256))
    role: Mapped[Role] = mapped_column(text_enum(Role))
    created_ms: Mapped[int] = mapped_column(BigInteger)
    changed_ms: Mapped[int] = mapped_column(BigInteger)


class SignIn(Base):
    """A session of the page: a browser in which a person is signed in.

    `token_hash` is the SHA-256 of what its cookie holds: who reads the table can sign in as
    nobody. Without a person it is the admin of the environment.
    """

    __tablename__ = "sign_in"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    created_ms: Mapped[int] = mapped_column(BigInteger)
    seen_ms: Mapped[int] = mapped_column(BigInteger, index=True)
