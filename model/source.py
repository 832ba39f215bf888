"""Reading input: bytes of a file or of standard input to exact text, or one line of refusal."""

from __future__ import annotations

import codecs
import os
import re
import stat
import sys
from typing import BinaryIO

#: Bytes of one input that are read at most unless the caller says otherwise.
MAX_BYTES = 200_000_000
STDIN = "stdin"


class SourceError(ValueError):
    """An input that cannot be read as text; one line that names it and says what to do."""


_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"SQLite format 3", "an SQLite database"),
)
# UTF-32 first: its little-endian signature begins with that of UTF-16.
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8 with a signature (BOM)"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
#: Above this share of control characters bytes are no text, whatever they decode to.
_CONTROL_SHARE = 0.05

# The 200 most frequent characters of the corpus and their Traditional forms. Measured on the 590
# texts with the marks among them: they are at least 0.38 of the characters beyond ASCII in 100
# characters in a row, and at most 0.20 where ten or more characters of Big5 or of a cut UTF-8 text
# are misread as GB18030.
_COMMON = frozenset(
    "的一要人不会委年工长月在有县了部日上作市全大到任是主个政区员业三党出中记局书议开各成生民学组报发前和行公家"
    "位副建同对实时省把下查为务来安得事地办我关理进水以二第分村通管次新十国好法能后持用门责小他问加调院志项点重"
    "动干保里自们情说导就四表镇现经产期于强资题天改常级领定心单高子过处企农名提严度场明等话检起教坚防面乡设府方"
    "代去老清校应当体件机案决治多入化展每收指整目力讲求间两群召头合做立职万集电总看共五"
    "會長縣個區員業黨記書議開學組報發對實時來務為爲辦關進後門責問調項點動幹裏裡們說導錶鎮現經產於強資題級領單"
    "過處農嚴場話檢堅鄉設應當體機決講間兩羣頭職萬電總"
    "，。、；：？！“”《》（）—…"
)
_COMMON_SHARE = 0.25
#: How much of a text is looked at to judge what it is.
_SAMPLE = 1_000_000


def _beyond_ascii(text: str) -> list[str]:
    # Blanks as wide as a character lay out web pages and say nothing of the language.
    return [char for char in text[:_SAMPLE] if char > "\x7f" and not char.isspace()]


def _looks_chinese(text: str) -> bool:
    chars = _beyond_ascii(text)
    common = sum(char in _COMMON for char in chars)
    return common >= 2 and common >= _COMMON_SHARE * len(chars)


def _looks_japanese(text: str) -> bool:
    chars = _beyond_ascii(text)
    return sum("\u3040" <= char <= "\u30ff" for char in chars) > _COMMON_SHARE * len(chars)


def _controls(text: str) -> float:
    sample = text[:_SAMPLE]
    return len(_CONTROL.findall(sample)) / max(len(sample), 1)


def _guess(raw: bytes) -> str | None:
    """An encoding to propose, never to take: one whose reading looks like Chinese or Japanese."""
    for encoding, fits in (
        ("big5", _looks_chinese),
        ("utf-16-le", _looks_chinese),
        ("utf-16-be", _looks_chinese),
        ("shift_jis", _looks_japanese),
        ("euc_jp", _looks_japanese),
    ):
        try:
            # An incremental decoder lets the sample end within a character.
            if fits(codecs.getincrementaldecoder(encoding)().decode(raw[:_SAMPLE])):
                return encoding
        except UnicodeDecodeError:
            continue
    return None


def _text(text: str, name: str) -> str:
    """The text without a signature; SourceError where nothing is left or it is no text."""
    text = text.removeprefix("\ufeff")
    if not text:
        raise SourceError(f"{name}: empty; expected a text")
    share = _controls(text)
    if share > _CONTROL_SHARE:
        raise SourceError(f"{name}: binary, {share:.0%} control characters; expected plain text")
    return text


def check_encoding(encoding: str) -> None:
    """Raises SourceError when there is no text encoding of this name."""
    try:
        b"a".decode(encoding)
    except UnicodeError:
        pass
    except (LookupError, ValueError):
        raise SourceError(
            f"--encoding {encoding!r}: no such text encoding; expected for instance utf-8, "
            "gb18030, big5 or utf-16"
        ) from None


def _named(raw: bytes, name: str, encoding: str) -> str:
    check_encoding(encoding)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        found = raw[error.start : error.start + 1].hex()
        raise SourceError(
            f"{name}: not {encoding}, byte {error.start} is 0x{found}; "
            "leave --encoding out or name another"
        ) from error
    except UnicodeError as error:
        raise SourceError(
            f"{name}: not {encoding} ({error}); leave --encoding out or name another"
        ) from error
    if _SURROGATE.search(text):
        raise SourceError(
            f"{name}: as {encoding} it holds half characters (surrogates); name another --encoding"
        )
    return text


def _by_signature(raw: bytes, name: str, encoding: str, spoken: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{name}: begins like {spoken}, but byte {error.start} does not fit ({error.reason}); "
            "expected text, name another --encoding"
        ) from error


def decode(raw: bytes, name: str, encoding: str | None = None) -> tuple[str, str, str | None]:
    """Text, encoding and, where it is not plain UTF-8 and was not asked for, a line that says so.

    UTF-8, UTF-16 and UTF-32 with their signature (no part of the text), and GB18030 where the
    bytes are wholly valid and read like Chinese; line ends stay as they are. Raises SourceError,
    beginning with `name`, for everything else.
    """
    if not raw:
        raise SourceError(f"{name}: empty; expected a text")
    for magic, spoken in _MAGIC:
        if raw.startswith(magic):
            raise SourceError(f"{name}: {spoken}; expected plain text, save it as text first")
    if encoding is not None:
        return _text(_named(raw, name, encoding), name), encoding, None
    for signature, codec, spoken in _SIGNATURES:
        if raw.startswith(signature):
            text = _text(_by_signature(raw, name, codec, spoken), name)
            note = f"{name}: read as {spoken}; offsets count characters after the signature"
            return text, codec, note
    try:
        return _text(raw.decode("utf-8"), name), "utf-8", None
    except UnicodeDecodeError as error:
        first = error
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError as error:
        where = f"byte {error.start} is no GB18030"
    else:
        if b"\0" not in raw and _controls(text) <= _CONTROL_SHARE and _looks_chinese(text):
            note = f"{name}: read as GB18030 (it is not UTF-8); --encoding names another"
            return _text(text, name), "gb18030", note
        where = "as GB18030 it does not read like Chinese"
    guess = _guess(raw)
    if guess is None and (
        b"\0" in raw or _controls(raw[:_SAMPLE].decode("latin-1")) > _CONTROL_SHARE
    ):
        raise SourceError(
            f"{name}: binary (byte {first.start} is no UTF-8, and there are control bytes); "
            "expected plain text"
        ) from first
    if _looks_chinese(raw[: first.start].decode("utf-8")):
        advice = "it looks like UTF-8 that is damaged there, mend it"
    elif guess:
        advice = f"it looks like {guess}, try --encoding {guess}"
    else:
        advice = "name its --encoding"
    raise SourceError(
        f"{name}: text in no known encoding, byte {first.start} is no UTF-8 and {where}; {advice}"
    ) from first


def _too_long(name: str, size: str, max_bytes: int) -> SourceError:
    return SourceError(
        f"{name}: {size} bytes, over --max-bytes {max_bytes}; cut it into texts or raise the limit"
    )


def _bytes(path: str, max_bytes: int) -> bytes:
    status = os.stat(path)
    if stat.S_ISDIR(status.st_mode):
        raise SourceError(f"{path}: a directory; expected a text file, name the files in it")
    if status.st_size > max_bytes:
        raise _too_long(path, str(status.st_size), max_bytes)
    with open(path, "rb") as file:
        return file.read(max_bytes + 1)


def read(
    path: str,
    *,
    encoding: str | None = None,
    max_bytes: int = MAX_BYTES,
    stdin: BinaryIO | None = None,
) -> tuple[str, str, str | None]:
    """What `decode` gives for a file, or for standard input where `path` is `-`.

    No more than `max_bytes` bytes are taken. Raises SourceError with one line naming the file.
    """
    name = STDIN if path == "-" else path
    try:
        if path == "-":
            stream = stdin or getattr(sys.stdin, "buffer", None)
            if stream is None:
                raise SourceError(f"{name}: closed; expected a text, name a file")
            raw = stream.read(max_bytes + 1)
        else:
            raw = _bytes(path, max_bytes)
    except FileNotFoundError as error:
        raise SourceError(f"{name}: no such file; expected a text file") from error
    except PermissionError as error:
        raise SourceError(f"{name}: no permission to read it; check its mode and owner") from error
    except OSError as error:
        raise SourceError(f"{name}: cannot be read ({error.strerror or error})") from error
    except ValueError as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError(f"{name!r}: no file name ({error}); expected a text file") from error
    if len(raw) > max_bytes:
        raise _too_long(name, f"more than {max_bytes}", max_bytes)
    return decode(raw, name, encoding)
