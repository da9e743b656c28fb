# SPDX-License-Identifier: Apache-2.0
"""Reads messages with Python's own parser.

usage: read.py FOLDER    Prints a JSON list with one item for each FOLDER/N.eml: the subject, and type, file name and content of each part.
"""
import base64
import json
import sys
from email import message_from_bytes, policy
from pathlib import Path


def part(entity):
    content = b"" if entity.is_multipart() else entity.get_payload(decode=True)
    return [entity.get_content_type(), entity.get_filename() or "", base64.b64encode(content).decode()]


def read(path):
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    return {"subject": str(message["subject"] or ""), "parts": [part(entity) for entity in message.walk()]}


folder = Path(sys.argv[1])
print(json.dumps([read(folder / ("%d.eml" % number)) for number in range(len(list(folder.iterdir())))]))
