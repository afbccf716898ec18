"""What comes after a trusted root and targets, and who has to sign it. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, Root, Targets, VerificationResult

from lockerctl.errors import UserError
from lockerctl.keys.folder import HeldKey
from lockerctl.keys.rules import check_size, title, verify

Document = Metadata[Root] | Metadata[Targets]


@dataclass(frozen=True)
class Change:
    """A new root, new targets, or both. `previous` is the root before, None for the first."""

    previous: Metadata[Root] | None
    root: Metadata[Root] | None = None
    targets: Metadata[Targets] | None = None

    def documents(self) -> list[Document]:
        return [each for each in (self.targets, self.root) if each is not None]

    def judges(self, document: Document) -> list[Root]:
        """The roots whose keys must have signed a document."""
        new = self.root or self.previous
        assert new is not None
        if document is self.root and self.previous:
            return [self.previous.signed, new.signed]
        return [new.signed]

    def missing(self) -> list[str]:
        """Who has still to sign, one line for each document and root that demands it."""
        return [
            f"{title(document.signed)} needs {result.missing} more of the {document.signed.type} "
            f"keys that {title(judge)} names"
            for document in self.documents()
            for judge in self.judges(document)
            if (result := verify(judge, document)).missing
        ]

    def signers(self) -> set[str]:
        """The ids of the keys whose signatures count."""
        return {key_id for document in self.documents() for key_id in self._good(document)}

    def merge(self, other: Change) -> None:
        """Take the good signatures of the same change that others have signed.

        Raises UserError.
        """
        ours, theirs = self.documents(), other.documents()
        if [each.signed for each in ours] != [each.signed for each in theirs]:
            raise UserError("these requests are about different changes")
        for mine, given in zip(ours, theirs, strict=True):
            for key_id in other._good(given):
                mine.signatures[key_id] = given.signatures[key_id]

    def tidy(self) -> None:
        """Drop signatures that do not count. Raises TrustError if a file is too long even so."""
        for document in self.documents():
            good = self._good(document)
            for key_id in set(document.signatures) - good:
                del document.signatures[key_id]
            check_size(document.signed.type, document.to_bytes())

    def _good(self, document: Document) -> set[str]:
        return {key_id for result in self._results(document) for key_id in result.signed}

    def _results(self, document: Document) -> list[VerificationResult]:
        """By the roots that must be satisfied, and one more that may be.

        Targets that come with a new root are signed by the keys of the root before as well, if
        they are at hand: then a board that asks at that very moment is not turned away.
        """
        roots = self.judges(document)
        if document is self.targets and self.root and self.previous:
            roots = [*roots, self.previous.signed]
        return [verify(root, document) for root in roots]

    def wanted(self, document: Document, held: Sequence[HeldKey]) -> list[HeldKey]:
        """The fewest keys at hand that bring a document as far as they can."""
        results = self._results(document)
        left = [result.missing for result in results]

        def helps(key: HeldKey) -> list[int]:
            return [i for i, result in enumerate(results) if left[i] and key.id in result.unsigned]

        chosen = []
        for key in sorted(held, key=lambda key: -len(helps(key))):
            useful = helps(key)
            if useful:
                chosen.append(key)
            for index in useful:
                left[index] -= 1
        return chosen


def sign(
    change: Change, held: Sequence[HeldKey], unlock: Callable[[HeldKey], CryptoSigner]
) -> list[HeldKey]:
    """Sign with as many of the keys at hand as are needed; which they were. Raises UserError."""
    used: dict[str, HeldKey] = {}
    for document in change.documents():
        for key in change.wanted(document, held):
            document.sign(unlock(key), append=True)
            used[key.id] = key
    return list(used.values())
