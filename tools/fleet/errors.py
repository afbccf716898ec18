"""What the server answers when it refuses: a status, and hawkBit's error code where it has one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_PREFIX = "hawkbit.server.error."
_PACKAGE = "org.eclipse.hawkbit."


@dataclass(frozen=True)
class Kind:
    """One kind of refusal: HTTP status, hawkBit's error code and exception class."""

    status: int
    code: str
    exception: str


NOT_FOUND = Kind(404, "repo.entityNotFound", "repository.exception.EntityNotFoundException")
EXISTS = Kind(409, "repo.entityAlreadyExists", "repository.exception.EntityAlreadyExistsException")
QUOTA = Kind(429, "quota.tooManyEntries", "repository.exception.AssignmentQuotaExceededException")
TOO_LARGE = Kind(
    429, "quota.fileSizeExceeded", "repository.exception.FileSizeQuotaExceededException"
)
NOT_CANCELABLE = Kind(
    405, "action.notCancelable", "repository.exception.CancelActionNotAllowedException"
)
NOT_FORCE_QUITABLE = Kind(
    405, "action.notForceQuitable", "repository.exception.ForceQuitActionNotAllowedException"
)
NOT_READABLE = Kind(400, "rest.body.notReadable", "rest.exception.MessageNotReadableException")
CONSTRAINT = Kind(400, "repo.constraintViolation", "repository.exception.ValidationException")
BAD_ATTRIBUTES = Kind(
    400, "repo.invalidTargetAttributes", "repository.exception.InvalidTargetAttributeException"
)
INCOMPLETE = Kind(
    400, "distributionset.incomplete", "repository.exception.IncompleteDistributionSetException"
)
UNSUPPORTED_MODULE = Kind(
    400,
    "distributionset.modules.unsupported",
    "repository.exception.UnsupportedSoftwareModuleForThisDistributionSetException",
)
MULTI_ASSIGNMENT = Kind(
    400, "multiAssignmentNotEnabled", "repository.exception.MultiAssignmentIsNotEnabledException"
)
SCHEDULE_INVALID = Kind(
    400,
    "maintenanceScheduleInvalid",
    "repository.exception.InvalidMaintenanceScheduleException",
)
ROLLOUT_STATE = Kind(
    400, "rollout.illegalState", "repository.exception.RolloutIllegalStateException"
)
AUTO_ASSIGN_TYPE = Kind(
    400,
    "repo.invalidAutoAssignActionType",
    "repository.exception.InvalidAutoAssignActionTypeException",
)
AUTO_CONFIRM_ACTIVE = Kind(
    409,
    "repo.autoConfAlreadyActive",
    "repository.exception.AutoConfirmationAlreadyActiveException",
)
UPLOAD_FAILED = Kind(
    500, "artifact.uploadFailed", "repository.exception.ArtifactUploadFailedException"
)
HASH_MISMATCH = {
    name: Kind(
        400,
        f"artifact.uploadFailed.checksum.{name}.match",
        f"artifact.exception.Invalid{name.upper()}HashException",
    )
    for name in ("md5", "sha1", "sha256")
}
# Ours: hawkBit knows nothing of holding a board, and calls 423 what a client can lift.
HELD = Kind(423, "locked", "repository.exception.LockedException")
LOCKED = Kind(423, "locked", "repository.exception.LockedException")
RSQL_SYNTAX = Kind(
    400, "rest.param.rsqlParamSyntax", "repository.exception.RSQLParameterSyntaxException"
)
RSQL_FIELD = Kind(
    400,
    "rest.param.rsqlInvalidField",
    "repository.exception.RSQLParameterUnsupportedFieldException",
)
SORT_SYNTAX = Kind(
    400, "rest.param.sortParamSyntax", "rest.exception.SortParameterSyntaxErrorException"
)
SORT_FIELD = Kind(
    400, "rest.param.invalidField", "rest.exception.SortParameterUnsupportedFieldException"
)
SORT_DIRECTION = Kind(
    400, "rest.param.invalidDirection", "rest.exception.SortParameterUnsupportedDirectionException"
)


class RefusedError(Exception):
    """A request that is refused; ends a transaction without a trace of it.

    Without a `kind` the answer has no body (hawkBit: 401, 405, 410, and a 404 that the
    board's own resources cause).
    """

    def __init__(self, kind: Kind | int, message: str = "") -> None:
        super().__init__(message)
        self.kind = kind if isinstance(kind, Kind) else None
        self.status = kind.status if isinstance(kind, Kind) else kind
        self.message = message

    def body(self) -> dict[str, Any] | None:
        """hawkBit's error body, None if the answer has none."""
        if self.kind is None:
            return None
        body = {
            "exceptionClass": _PACKAGE + self.kind.exception,
            "errorCode": _PREFIX + self.kind.code,
        }
        return {**body, "message": self.message} if self.message else body
