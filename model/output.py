"""Where records and messages go: standard output or a file made whole, and standard error."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from model.render import Form
from model.schema import Record


class OutputError(ValueError):
    """An output that cannot be opened or written; one line that names it and says what to do."""


class Sink:
    """Writes records in a form to standard output, or to a file that appears only when it is whole.

    A file is written under another name in its folder and renamed on leaving without an error; it
    is not made at all where no record came. Devices and pipes are written directly. Bytes are
    UTF-8, on a terminal in the terminal's encoding. Raises OutputError when the file cannot be
    made or written, BrokenPipeError when the reader of standard output has gone.
    """

    def __init__(self, form: Form, path: str | None = None) -> None:
        self._form, self._path = form, path
        self._encoding, self._count = "utf-8", 0
        self._target: Path | None = None
        self._temporary: Path | None = None
        self._file: BinaryIO | None = None
        if path is None:
            if sys.stdout.isatty():
                self._encoding = sys.stdout.encoding or "utf-8"
        else:
            self._target = self._check(path)

    @staticmethod
    def _check(path: str) -> Path:
        # A link stays a link: what it points to is replaced.
        target = Path(os.path.realpath(path))
        if target.is_dir():
            raise OutputError(f"{path}: a directory; expected a file name for --output")
        if not target.parent.is_dir():
            raise OutputError(f"{path}: no folder {target.parent}; make it first")
        places = [target] if target.exists() else []
        if not target.exists() or target.is_file():
            places.append(target.parent)
        if not all(os.access(place, os.W_OK) for place in places):
            raise OutputError(f"{path}: no permission to write there; name another --output")
        return target

    def _open(self) -> BinaryIO:
        if self._target is None:
            return sys.stdout.buffer
        try:
            if self._target.exists() and not stat.S_ISREG(self._target.stat().st_mode):
                return self._target.open("wb")
            temporary = self._target.with_name(f".zhengling-{secrets.token_hex(6)}.tmp")
            file = temporary.open("xb")
            self._temporary = temporary
            if self._target.exists():
                shutil.copymode(self._target, temporary)
            return file
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> OutputError:
        reason = error.strerror or str(error)
        return OutputError(f"{self._path}: cannot be written ({reason}); name another --output")

    def _put(self, text: str) -> None:
        if self._file is None:
            self._file = self._open()
        try:
            self._file.write(text.encode(self._encoding, "replace"))
            self._file.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            if self._path is None:
                raise OutputError(
                    f"standard output: cannot be written ({error.strerror or error})"
                ) from error
            raise self._failed(error) from error

    def write(self, record: Record) -> None:
        """One more record."""
        self._put(
            (self._form.between if self._count else self._form.head) + self._form.body(record)
        )
        self._count += 1

    def __enter__(self) -> Sink:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None and self._count and self._form.tail:
                self._put(self._form.tail)
            if self._target is not None and self._file is not None:
                self._file.close()
                if kind is None and self._temporary is not None:
                    self._temporary.replace(self._target)
                    self._temporary = None
        except OSError as failure:
            # What went wrong first is what counts.
            if kind is None:
                if self._path is None:
                    raise
                raise self._failed(failure) from failure
        finally:
            if self._temporary is not None:
                self._temporary.unlink(missing_ok=True)


class Console:
    """Messages on standard error, a line each; a counter of files done where somebody watches."""

    def __init__(self, prefix: str, total: int, *, quiet: bool, counter: bool, debug: bool) -> None:
        self._prefix, self._total = prefix, total
        self._quiet, self._debug = quiet, debug
        self._counter = counter and not quiet and total > 1
        self._shown = False

    def _line(self, message: str) -> None:
        self.clear()
        # A file name may hold line ends and terminal codes; a message is one line all the same.
        shown = "".join(char if char.isprintable() else " " for char in message)
        print(" ".join(shown.split()), file=sys.stderr, flush=True)

    def note(self, message: str) -> None:
        """Something worth knowing, unless quiet."""
        if not self._quiet:
            self._line(f"{self._prefix}: {message}")

    def error(self, error: BaseException, message: str | None = None) -> None:
        """What went wrong; with its traceback when debugging."""
        if self._debug:
            self.clear()
            traceback.print_exception(error)
        self._line(f"{self._prefix}: error: {message or error}")

    def progress(self, done: int) -> None:
        """The number of files done."""
        if self._counter:
            print(f"\r{done}/{self._total} files", end="", file=sys.stderr, flush=True)
            self._shown = True

    def clear(self) -> None:
        """Takes the counter off the screen."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._shown = False
