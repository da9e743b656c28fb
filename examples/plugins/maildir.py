#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A plugin for Posthaste that writes each message into a folder, as `new/ID.eml`.

settings: { folder: /var/mail/out, refuse: [blocked@example.org], dry_run: false }
"""
import base64
import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

CAPABILITIES = ["attachments", "inline_images", "custom_headers", "several_reply_to", "copies",
                "international_addresses", "idempotent", "raw_mime"]
CONCURRENCY = 8
output_lock = threading.Lock()
settings = {}


def say(answer):
    """Writes one line. Answers may come in any order, but two lines must not mix."""
    with output_lock:
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def failed(kind, detail, **more):
    return {"failed": {"kind": kind, "detail": detail, **more}}


def send(message):
    recipients = [mailbox["email"] for field in ("to", "cc", "bcc") for mailbox in message[field]]
    refused = [{"address": address, "detail": "on the list `refuse`"}
               for address in recipients if address in settings.get("refuse", [])]
    if len(refused) == len(recipients):
        return failed("rejected", "every recipient is on the list `refuse`", scope="message", code="refused")
    if not settings.get("dry_run"):
        folder = os.path.join(settings["folder"], "new")
        os.makedirs(folder, exist_ok=True)
        # The same name on every try: a repeat replaces the file, which makes this plugin `idempotent`.
        path = os.path.join(folder, message["id"] + ".eml")
        with open(path + ".part", "wb") as file:
            file.write(b"X-Envelope-To: " + ",".join(recipients).encode() + b"\r\n")
            file.write(base64.b64decode(message["raw"]))
        os.replace(path + ".part", path)
    return {"accepted": {"id": message["id"], "refused": refused}}


def probe():
    if settings.get("dry_run") or os.access(settings["folder"], os.W_OK):
        return {"ok": {}}
    return failed("misconfigured", "the folder cannot be written", code="folder", remedy="create it, or correct `folder`")


def answer(call, work, *arguments):
    try:
        outcome = work(*arguments)
    except OSError as error:
        # Nothing was handed over. The text of the error names files only, never the content of mail.
        outcome = failed("transient", "the folder cannot be written", code=f"errno.{error.errno}")
    say({"call": call, **outcome})


def main():
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        for line in sys.stdin.buffer:  # Ends when the gateway closes it.
            request = json.loads(line)
            if "hello" in request:
                settings.update(request["hello"]["settings"])
                say({"hello": {"protocol": 1, "capabilities": CAPABILITIES, "concurrency": CONCURRENCY}})
            elif "send" in request:
                pool.submit(answer, request["send"]["call"], send, request["send"]["message"])
            elif "probe" in request:
                pool.submit(answer, request["probe"]["call"], probe)


main()
