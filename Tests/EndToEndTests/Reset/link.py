# SPDX-License-Identifier: Apache-2.0
"""Prints the newest reset link among the mails in a folder, or nothing: link.py FOLDER"""

import email
import email.policy
import pathlib
import re
import sys

newest = ""
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.eml"), key=lambda each: each.stat().st_mtime_ns):
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    found = re.search(r"https?://\S+token=[\w-]+", message.get_body(("plain",)).get_content())
    newest = found.group(0) if found else newest
print(newest)
