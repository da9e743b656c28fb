# SPDX-License-Identifier: Apache-2.0
"""Reads messages with Python's own parser and compares them with the expected content.

usage: check.py FOLDER    FOLDER/expected.json is a list; item N describes FOLDER/N.eml.
Prints one line for each problem; says nothing when all is well.
"""
import base64
import json
import quopri
import re
import sys
from email import message_from_bytes, message_from_string, policy
from email.header import decode_header, make_header
from email.utils import getaddresses
from pathlib import Path

ENCODED_WORD = re.compile(r"=\?utf-8\?([BQ])\?([^? ]*)\?=")


def raw_problems(raw, is_international):
    rest = raw.replace(b"\r\n", b"")
    if b"\r" in rest or b"\n" in rest:
        yield "a lone CR or LF"
    if not raw.endswith(b"\r\n"):
        yield "no line break at the end"
    if not is_international and not raw.isascii():
        yield "octets beyond ASCII"
    header, _, body = raw.partition(b"\r\n\r\n")
    for line in raw.split(b"\r\n"):
        if len(line) > 998:
            yield "a line of %d octets" % len(line)
    for line in body.split(b"\r\n"):
        if line.startswith((b".", b"From ")):
            yield "a body line starts with %r" % line[:5]
        if line.endswith((b" ", b"\t")):
            yield "a body line ends in a blank"
    for line in header.decode("utf-8").split("\r\n"):
        if not line.strip():
            yield "a header line of blanks"
        words = list(ENCODED_WORD.finditer(line))
        if words and len(line) > 76:
            yield "a line of %d octets with an encoded word" % len(line)
        for word in words:
            yield from word_problems(*word.groups(), len(word.group()))


def word_problems(kind, text, length):
    if length > 75:
        yield "an encoded word of %d octets" % length
    try:
        octets = base64.b64decode(text, validate=True) if kind == "B" else quopri.decodestring(text, header=True)
        octets.decode("utf-8")
    except ValueError as error:
        yield "an encoded word that is not whole: %s" % error


def defects(part, is_international):
    for defect in part.defects:
        yield "%s: %r" % (part.get_content_type(), defect)
    for name, value in part.items():
        for defect in value.defects:
            if not (is_international and "non-ASCII" in str(defect)):
                yield "%s: %r" % (name, defect)


def mailboxes(message, name):
    fields = message.get_all(name, [])
    if len(fields) > 1:
        return [["%d fields" % len(fields), name]]
    return [[a.display_name, a.addr_spec] for field in fields for a in field.addresses]


def old_mailboxes(message, name):
    """As Python's older reader sees them: the newer one of 3.11 leaves a space between two encoded words of a name."""
    raw = [str(value) for field, value in message.raw_items() if field.lower() == name]
    return [[str(make_header(decode_header(n))), a] for n, a in getaddresses(re.sub("\r\n", "", v) for v in raw)]


def same_blanks(pairs):
    """Python collapses several spaces in a name into one, even inside an encoded word."""
    return [[re.sub(" +", " ", name), address] for name, address in pairs]


def lines(text):
    return text.replace("\r\n", "\n").replace("\r", "\n")


def is_same_text(got, want):
    got, want = lines(got), lines(want)
    return got in (want, want + "\n")


def content_problems(message, expected):
    texts, files = {"plain": None, "html": None}, []
    for part in message.walk():
        yield from defects(part, expected["international"])
        if part.is_multipart():
            continue
        if part.get_content_disposition() is None:
            if texts.get(part.get_content_subtype(), "") is not None:
                yield "a second text of type %s" % part.get_content_type()
            texts[part.get_content_subtype()] = part.get_content()
        else:
            files.append({
                "name": part.get_filename(),
                "type": part.get_content_type(),
                "disposition": part.get_content_disposition(),
                "id": (part["content-id"] or "").strip("<>") or None,
                "content": base64.b64encode(part.get_payload(decode=True)).decode(),
            })
    if not is_same_text(texts["plain"] or "", expected["text"]):
        yield "text is %r, not %r" % (texts["plain"], expected["text"])
    if (texts["html"] is None) != (expected["html"] is None):
        yield "there is an html part, or none, against expectation"
    elif texts["html"] is not None and not is_same_text(texts["html"], expected["html"]):
        yield "html is %r, not %r" % (texts["html"], expected["html"])
    by_name = lambda file: (file["name"] or "", file["content"])
    if sorted(files, key=by_name) != sorted(expected["files"], key=by_name):
        yield "files are %r, not %r" % (files, expected["files"])


def problems(raw, expected):
    yield from raw_problems(raw, expected["international"])
    # Python supports raw UTF-8 in a header only when it reads text.
    read = message_from_string if expected["international"] else message_from_bytes
    message = read(raw.decode("utf-8") if expected["international"] else raw, policy=policy.default)
    if sorted(name.lower() for name in message.keys()) != sorted(name.lower() for name in expected["fields"]):
        yield "fields are %r, not %r" % (message.keys(), expected["fields"])
    for name, value in [("subject", expected["subject"])] + expected["headers"]:
        # A long name has its value on the next line, and unfolding leaves the leading space.
        if str(message[name]).lstrip(" ") != value:
            yield "%s is %r, not %r" % (name, str(message[name]), value)
    for name in ("from", "to", "cc", "reply-to"):
        found = (mailboxes(message, name), old_mailboxes(message, name))
        if same_blanks(expected[name]) not in map(same_blanks, found):
            yield "%s is %r, not %r" % (name, mailboxes(message, name), expected[name])
    if message["message-id"] != expected["message_id"]:
        yield "message-id is %r" % message["message-id"]
    if str(message["date"]) != expected["date"] or message["date"].datetime is None:
        yield "date is %r" % str(message["date"])
    yield from content_problems(message, expected)


def main(folder):
    for number, expected in enumerate(json.loads((folder / "expected.json").read_text("utf-8"))):
        for problem in problems((folder / ("%d.eml" % number)).read_bytes(), expected):
            print("%s: %s" % (expected["label"], problem))


sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
main(Path(sys.argv[1]))
