"""Files in a folder of the host, each replaced as a whole."""

import os

_CHUNK_BYTES = 1024


class Folder:
    """The store that tuf.client.Client asks for."""

    def __init__(self, path):
        self._path = path

    def read(self, name, view):
        try:
            if os.stat(self._full(name))[6] > len(view):
                return None
            with open(self._full(name), "rb") as file:
                return file.readinto(view)
        except OSError:
            return None

    def write(self, name, view):
        self.write_pieces(name, (view,))

    def write_pieces(self, name, pieces):
        """Replace file `name`, unless the pieces end with an exception."""
        temporary = name + "~"
        try:
            with open(self._full(temporary), "wb") as file:
                for piece in pieces:
                    file.write(piece)
            os.rename(self._full(temporary), self._full(name))
        finally:
            self.remove(temporary)

    def remove(self, name):
        if name in os.listdir(self._path):
            os.remove(self._full(name))

    def pieces(self, name):
        """The file in pieces; raises OSError if there is none."""
        with open(self._full(name), "rb") as file:
            while True:
                piece = file.read(_CHUNK_BYTES)
                if not piece:
                    return
                yield piece

    def _full(self, name):
        return self._path + "/" + name
