"""Tables of what an operator publishes: module types, modules, artifacts, distribution sets.

Every id is given once and never again (`sqlite_autoincrement`; other databases do so anyway):
boards and operators' scripts remember ids. Times are milliseconds since 1970.
"""

from __future__ import annotations

from enum import Enum as PythonEnum

from sqlalchemy import BigInteger, Enum, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

# SQLite gives ids by itself to plain INTEGER keys only.
Id = BigInteger().with_variant(Integer, "sqlite")


def text_enum(kind: type[PythonEnum]) -> Enum:
    """A column that holds an enum's value as plain text, so that new values need no migration."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=24,
        values_callable=lambda members: [each.value for each in members],
    )


class Base(DeclarativeBase):
    """All tables."""

    __table_args__: object = {"sqlite_autoincrement": True}


class Audited:
    """Who made a row and who changed it last, as every entity of the Mgmt API shows it."""

    created_by: Mapped[str] = mapped_column(String(256), default="system")
    created_at: Mapped[int] = mapped_column(BigInteger, default=0)
    modified_by: Mapped[str] = mapped_column(String(256), default="system")
    modified_at: Mapped[int] = mapped_column(BigInteger, default=0)

    def stamp(self, user: str, now_ms: int) -> None:
        """Note a change, and the making when it is new."""
        if not self.created_at:
            self.created_by, self.created_at = user, now_ms
        self.modified_by, self.modified_at = user, now_ms


class ModuleType(Audited, Base):
    """A kind of software module; `max_assignments` of it fit into one set."""

    __tablename__ = "module_type"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(128), unique=True)
    description: Mapped[str | None] = mapped_column(String(512))
    colour: Mapped[str | None] = mapped_column(String(16))
    min_artifacts: Mapped[int] = mapped_column(default=0)
    max_assignments: Mapped[int] = mapped_column(default=1)


class Module(Audited, Base):
    """A software module: for us a layer, or the manifest of a release."""

    __tablename__ = "module"
    __table_args__ = (
        UniqueConstraint("type_id", "name", "version"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    type_id: Mapped[int] = mapped_column(ForeignKey("module_type.id"))
    name: Mapped[str] = mapped_column(String(128))
    version: Mapped[str] = mapped_column(String(64))
    description: Mapped[str | None] = mapped_column(String(512))
    vendor: Mapped[str | None] = mapped_column(String(256))
    locked: Mapped[bool] = mapped_column(default=False)
    type: Mapped[ModuleType] = relationship(lazy="joined")
    artifacts: Mapped[list[Artifact]] = relationship(order_by="Artifact.id", viewonly=True)
    meta: Mapped[list[ModuleMetadata]] = relationship(order_by="ModuleMetadata.key", viewonly=True)

    @property
    def complete(self) -> bool:
        return len(self.artifacts) >= self.type.min_artifacts


class ModuleMetadata(Base):
    """A text that goes with a module; boards see those that are `target_visible`."""

    __tablename__ = "module_metadata"
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    target_visible: Mapped[bool] = mapped_column(default=False)


class Artifact(Audited, Base):
    """A file of a module; its bytes are in the artifact store, by SHA-256."""

    __tablename__ = "artifact"
    __table_args__ = (
        UniqueConstraint("module_id", "filename"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"))
    filename: Mapped[str] = mapped_column(String(256))
    size: Mapped[int] = mapped_column(BigInteger)
    md5: Mapped[str] = mapped_column(String(32))
    sha1: Mapped[str] = mapped_column(String(40))
    sha256: Mapped[str] = mapped_column(String(64))


class SetType(Audited, Base):
    """A kind of distribution set: which module types it must and may hold."""

    __tablename__ = "set_type"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(128), unique=True)
    description: Mapped[str | None] = mapped_column(String(512))
    colour: Mapped[str | None] = mapped_column(String(16))
    elements: Mapped[list[SetTypeElement]] = relationship()

    def module_types(self, mandatory: bool) -> list[ModuleType]:
        return [each.module_type for each in self.elements if each.mandatory is mandatory]


class SetTypeElement(Base):
    """That a set of this type must (or may) hold modules of that type."""

    __tablename__ = "set_type_element"
    set_type_id: Mapped[int] = mapped_column(ForeignKey("set_type.id"), primary_key=True)
    module_type_id: Mapped[int] = mapped_column(ForeignKey("module_type.id"), primary_key=True)
    mandatory: Mapped[bool]
    module_type: Mapped[ModuleType] = relationship(lazy="joined")


class SetModule(Base):
    """That a module belongs to a set; several sets may share one."""

    __tablename__ = "set_module"
    set_id: Mapped[int] = mapped_column(ForeignKey("distribution_set.id"), primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"), primary_key=True, index=True)


class DistributionSet(Audited, Base):
    """What a board is given as one: for us a release."""

    __tablename__ = "distribution_set"
    __table_args__ = (
        UniqueConstraint("name", "version", "type_id"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    type_id: Mapped[int] = mapped_column(ForeignKey("set_type.id"))
    name: Mapped[str] = mapped_column(String(128))
    version: Mapped[str] = mapped_column(String(64))
    description: Mapped[str | None] = mapped_column(String(512))
    required_migration_step: Mapped[bool] = mapped_column(default=False)
    locked: Mapped[bool] = mapped_column(default=False)
    valid: Mapped[bool] = mapped_column(default=True)
    type: Mapped[SetType] = relationship()
    modules: Mapped[list[Module]] = relationship(secondary="set_module", order_by=Module.id)
    meta: Mapped[list[SetMetadata]] = relationship(order_by="SetMetadata.key", viewonly=True)

    @property
    def complete(self) -> bool:
        """Whether it may be assigned: all its modules are complete, and none is missing."""
        present = {module.type_id for module in self.modules}
        wanted = {each.id for each in self.type.module_types(mandatory=True)}
        return bool(present) and wanted <= present and all(each.complete for each in self.modules)

    def lock(self) -> None:
        """No more changes: somebody was promised exactly this."""
        self.locked = True
        for module in self.modules:
            module.locked = True


class SetMetadata(Base):
    """A text that goes with a set; boards never see it."""

    __tablename__ = "set_metadata"
    set_id: Mapped[int] = mapped_column(ForeignKey("distribution_set.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
