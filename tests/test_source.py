"""Reading input: what is text, in which encoding, and what is refused how."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.source import SourceError, check_encoding, decode, read

SIMPLE = "5月10日，县委书记闻某主持会议并讲话。\r\n他强调，各乡镇要抓好落实。\n"
TRADITIONAL = "會議強調，各鄉鎮要把群眾的事放在心上，縣長要帶頭抓落實。"
JAPANESE = "これはにほんごのてがみです。あしたのあさ、えきでおあいしましょう。"

#: The smallest whole PNG: one grey pixel.
PNG = b"\x89PNG\r\n\x1a\n" + b"".join(
    struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    for kind, body in (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\x00\x80")),
        (b"IEND", b""),
    )
)


def refusal(raw: bytes, encoding: str | None = None) -> str:
    with pytest.raises(SourceError) as caught:
        decode(raw, "a.txt", encoding)
    message = str(caught.value)
    assert message.startswith("a.txt: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize("text", [SIMPLE, "plain ASCII\n", "\r\r\n\n\r", " ", "中"])
def test_utf8_is_taken_as_it_is_and_without_a_word(text: str) -> None:
    assert decode(text.encode(), "a.txt") == (text, "utf-8", None)


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8-sig", "UTF-8 with a signature"),
        ("utf-16", "UTF-16"),
        ("utf-32", "UTF-32"),
    ],
)
def test_a_signature_says_the_encoding_and_is_no_text(codec: str, name: str) -> None:
    text, _, note = decode(SIMPLE.encode(codec), "a.txt")
    assert text == SIMPLE
    assert note is not None
    assert note.startswith("a.txt: ")
    assert name in note


def test_big_endian_utf16() -> None:
    text, encoding, _ = decode(b"\xfe\xff" + SIMPLE.encode("utf-16-be"), "a.txt")
    assert (text, encoding) == (SIMPLE, "utf-16-be")


@pytest.mark.parametrize("text", [SIMPLE, TRADITIONAL, "县长", "ASCII, then 会议 and more ASCII"])
def test_gb18030_is_detected_and_said(text: str) -> None:
    found, encoding, note = decode(text.encode("gb18030"), "a.txt")
    assert (found, encoding) == (text, "gb18030")
    assert note is not None
    assert "GB18030" in note
    assert "\n" not in note


@given(st.text(st.sampled_from("县委书记会议要求各部门一二三 \r\n,.ab"), min_size=1))
def test_detected_text_is_exact(text: str) -> None:
    # Few characters may not be enough to be sure of GB18030; but nothing is ever misread.
    # (`一` alone is valid UTF-8 in GB18030; `县` is not.)
    text = "县" + text
    for codec in ("utf-8", "utf-16", "gb18030"):
        try:
            assert decode(text.encode(codec), "a")[0] == text
        except SourceError:
            assert codec == "gb18030"


@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_are_read_or_refused_in_one_line(raw: bytes) -> None:
    try:
        text, encoding, _ = decode(raw, "a.txt")
    except SourceError:
        refusal(raw)
    else:
        assert text.encode(encoding) in (raw, raw[3:], raw[2:], raw[4:])


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\xff\xfe", "empty"),
        (PNG, "PNG"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "PDF"),
        (b"PK\x03\x04\x14\x00", "ZIP"),
        (bytes(1000), "binary"),
        (b"\x7fELF\x02\x01\x01" + bytes(50) + b"\xb8\xd6", "binary"),
        (b"\xff\xfe\x00", "UTF-16"),
        (b"\xff\xfe\x00\xd8", "UTF-16"),
        (b"\xff\xff\xff", "no known encoding"),
        ("café crème à la façon".encode("latin-1"), "no known encoding"),
        ("Привет, как дела? Хорошо".encode("koi8-r"), "no known encoding"),
        (TRADITIONAL.encode("big5"), "--encoding big5"),
        (JAPANESE.encode("shift_jis"), "--encoding shift_jis"),
        (SIMPLE.encode("utf-16-le"), "--encoding utf-16-le"),
        (SIMPLE.encode()[:-2], "damaged there"),
        (SIMPLE.encode()[:50] + b"\xff" + SIMPLE.encode()[50:], "damaged there"),
        (SIMPLE.encode("gb18030") + b"\xff", "no GB18030"),
    ],
)
def test_what_is_no_text_is_refused(raw: bytes, says: str) -> None:
    assert says in refusal(raw)


def test_big5_is_refused_also_where_its_bytes_are_valid_gb18030() -> None:
    raw = TRADITIONAL[:10].encode("big5")
    raw.decode("gb18030")
    assert "does not read like Chinese" in refusal(raw)


def test_utf8_with_a_lost_byte_is_not_taken_for_gb18030() -> None:
    cut = "各县要抓好防汛工作".encode()[2:]
    assert cut.decode("gb18030", "ignore")
    refusal(cut)


def test_a_few_control_characters_do_not_make_a_text_binary() -> None:
    text = SIMPLE + "\x00\x08" + SIMPLE
    assert decode(text.encode(), "a")[0] == text


def test_a_named_encoding_is_believed() -> None:
    assert decode(TRADITIONAL.encode("big5"), "a", "big5") == (TRADITIONAL, "big5", None)
    assert decode(SIMPLE.encode("utf-16-le"), "a", "utf-16-le")[0] == SIMPLE
    assert decode(SIMPLE.encode("utf-8-sig"), "a", "utf-8")[0] == SIMPLE


@pytest.mark.parametrize(
    ("raw", "encoding", "says"),
    [
        (SIMPLE.encode("gb18030"), "utf-8", "not utf-8, byte 1 is 0x"),
        (SIMPLE.encode(), "ascii", "not ascii"),
        (b"\\ud800 and more text", "unicode_escape", "surrogates"),
        (b"abc" * 9, "undefined", "not undefined"),
        (PNG, "latin-1", "PNG"),
        (bytes(40) + b"text", "latin-1", "binary"),
    ],
)
def test_a_named_encoding_that_does_not_fit(raw: bytes, encoding: str, says: str) -> None:
    assert says in refusal(raw, encoding)


@pytest.mark.parametrize("encoding", ["no-such", "hex", "rot13", "", "utf\x008"])
def test_an_encoding_that_does_not_exist(encoding: str) -> None:
    with pytest.raises(SourceError, match="no such text encoding"):
        check_encoding(encoding)
    with pytest.raises(SourceError, match="no such text encoding"):
        decode(b"text", "a.txt", encoding)


def file_refusal(path: Path, **options: int) -> str:
    with pytest.raises(SourceError) as caught:
        read(str(path), **options)  # type: ignore[arg-type]
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "报告.txt"
    path.write_bytes(SIMPLE.encode())
    assert read(str(path)) == (SIMPLE, "utf-8", None)
    assert "directory" in file_refusal(tmp_path)
    assert "no such file" in file_refusal(tmp_path / "gone.txt")
    assert "cannot be read" in file_refusal(path / "below")
    assert "--max-bytes 10" in file_refusal(path, max_bytes=10)
    size = path.stat().st_size
    assert read(str(path), max_bytes=size)[0] == SIMPLE
    file_refusal(path, max_bytes=size - 1)


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "vast.txt"
    with path.open("wb") as file:
        file.truncate(10**13)
    assert "over --max-bytes 200000000" in file_refusal(path)


def test_a_name_that_no_file_can_have() -> None:
    with pytest.raises(SourceError, match="no file name"):
        read("a\0b")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file"
)
def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "secret.txt"
    path.write_bytes(b"text")
    path.chmod(0)
    assert "no permission" in file_refusal(path)


def test_no_permission_as_the_system_says_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> os.stat_result:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("model.source.os.stat", refuse)
    assert "no permission" in file_refusal(tmp_path / "secret.txt")


def test_standard_input() -> None:
    assert read("-", stdin=io.BytesIO(SIMPLE.encode()))[0] == SIMPLE
    with pytest.raises(SourceError, match=r"^stdin: empty"):
        read("-", stdin=io.BytesIO(b""))
    with pytest.raises(SourceError, match=r"^stdin: more than 3 bytes"):
        read("-", stdin=io.BytesIO(b"text"), max_bytes=3)
