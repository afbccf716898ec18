"""Rules of deploymentBase (hawkBit's DDI API v1). Loaded to read one, and dropped."""

from ddi.errors import NonsenseError
from ddi.messages import object_of, text_of


class Deployment:
    """What deploymentBase says: `id`, `download` and `update` (skip, attempt, forced).

    `files`: {(part, file name): (href, size)}; `release`: (name, version) of the manifest's part.
    What else it says of a release is a hint.
    """

    release = ("", "")

    def __init__(self, answer):
        body = object_of(object_of(answer).get("deployment"))
        self.id = text_of(answer.get("id"))
        self.download = text_of(body.get("download", "forced"))
        self.update = text_of(body.get("update", "forced"))
        self.files = {}
        for chunk in _array(body.get("chunks")):
            part = text_of(object_of(chunk).get("part"))
            if part == "manifest":
                self.release = text_of(chunk.get("name")), text_of(chunk.get("version"))
            for artifact in _array(chunk.get("artifacts", [])):
                links = object_of(object_of(artifact).get("_links"))
                link = object_of(links.get("download") or links.get("download-http"))
                place = text_of(link.get("href")), artifact.get("size")
                self.files[part, text_of(artifact.get("filename"))] = place

    def artifact(self, part, file):
        """`(href, size)` of a file; NonsenseError when there is none."""
        found = self.files.get((part, file))
        if not found:
            raise NonsenseError("the deployment has no %s" % file)
        return found


def _array(value):
    if not isinstance(value, list):
        raise NonsenseError("a list is missing")
    return value
