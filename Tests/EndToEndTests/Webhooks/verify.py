# SPDX-License-Identifier: Apache-2.0
"""Verifies recorded calls as a receiver does: a file with a line of JSON for each: secret, headers, and body in base64."""

import base64
import json
import sys

from standardwebhooks import Webhook

for line in open(sys.argv[1], encoding="utf-8"):
    call = json.loads(line)
    event = Webhook(call["secret"]).verify(base64.b64decode(call["body"]), call["headers"])
    print(event["type"], call["headers"]["webhook-id"])
