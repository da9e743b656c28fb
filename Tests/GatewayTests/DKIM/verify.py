# SPDX-License-Identifier: Apache-2.0
"""Verifies the DKIM signatures of messages with dkimpy.

usage: verify.py FOLDER SIGNATURES    FOLDER/dns.json maps names of TXT records to their text; each FOLDER/*.eml is a message.
Prints one line for each message without SIGNATURES signatures, and for each signature that does not verify.
"""
import json
import sys
from pathlib import Path

import dkim


def problems(content, count, records):
    def lookup(name, timeout=5):
        name = name.decode() if isinstance(name, bytes) else name
        return records.get(name.rstrip("."), "").encode()

    found = content.split(b"\r\n\r\n")[0].count(b"DKIM-Signature:")
    if found != count:
        yield "%d signatures" % found
    for index in range(found):
        verifier = dkim.DKIM(content, minkey=2048)
        try:
            is_valid = verifier.verify(index, dnsfunc=lookup)
        except dkim.DKIMException as error:
            yield "signature %d: %s" % (index, error)
            continue
        if not is_valid:
            yield "signature %d does not verify" % index


def main():
    folder = Path(sys.argv[1])
    records = json.loads((folder / "dns.json").read_text())
    for path in sorted(folder.glob("*.eml")):
        for problem in problems(path.read_bytes(), int(sys.argv[2]), records):
            print("%s: %s" % (path.stem, problem))


main()
