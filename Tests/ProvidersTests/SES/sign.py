# SPDX-License-Identifier: Apache-2.0
"""Signs the requests of a JSON file with botocore and prints the value of Authorization for each, one a line.

Each request has `method`, `url`, `fields` (pairs), `body` (base64), `region`, `service`, `id`, `secret`, `token` and `time`.
"""
import base64
import datetime
import json
import sys

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

for case in json.load(open(sys.argv[1])):
    now = datetime.datetime.strptime(case["time"], "%Y-%m-%dT%H:%M:%S.%fZ")
    botocore.auth.get_current_datetime = lambda remove_tzinfo=True, now=now: now
    request = AWSRequest(case["method"], case["url"], data=base64.b64decode(case["body"]))
    for name, value in case["fields"]:
        request.headers[name] = value
    credentials = Credentials(case["id"], case["secret"], case["token"] or None)
    botocore.auth.SigV4Auth(credentials, case["service"], case["region"]).add_auth(request)
    print(request.headers["Authorization"])
