# SPDX-License-Identifier: Apache-2.0
"""Chromium without a window, driven by the DevTools protocol over a pair of pipes; needs nothing but Python itself."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time


class Chromium:
    """One browser with one page; messages of its console and its errors are collected in `complaints`.

    Sandboxed frames stay in the process of their page, so that what they complain about is heard, too.
    """

    def __init__(self, program="/usr/bin/chromium", width=1280, height=900):
        self.profile = tempfile.mkdtemp(prefix="posthaste-chromium-")
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        self.reading, self.writing = ours_in, ours_out
        self.rest, self.number, self.events, self.complaints = b"", 0, [], []
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}', program,
             "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-default-apps",
             "--disable-extensions", "--disable-sync", "--disable-features=IsolateSandboxedIframes", "--hide-scrollbars", "--remote-debugging-pipe",
             f"--user-data-dir={self.profile}", f"--window-size={width},{height}", "about:blank"],
            pass_fds=(theirs_in, theirs_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": self.profile})
        os.close(theirs_in)
        os.close(theirs_out)
        self.session = None
        pages = [each for each in self.call("Target.getTargets")["targetInfos"] if each["type"] == "page"]
        self.session = self.call("Target.attachToTarget", targetId=pages[0]["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.writing, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read(180)
            if answer is None:
                raise TimeoutError(f"Chromium does not answer {method}")
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def read(self, patience):
        """The next message; events are added to the lists meanwhile. None when none arrives in time."""
        deadline = time.monotonic() + patience
        while b"\0" not in self.rest:
            ready, _, _ = select.select([self.reading], [], [], max(0, deadline - time.monotonic()))
            piece = os.read(self.reading, 1 << 20) if ready else b""
            if not piece:
                return None
            self.rest += piece
        text, self.rest = self.rest.split(b"\0", 1)
        message = json.loads(text)
        self.note(message)
        return message

    def note(self, message):
        method, parameters = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.complaints.append("console: " + " ".join(str(each.get("value")) for each in parameters["args"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            entry = parameters["entry"]
            self.complaints.append(f"{entry['source']}: {entry['text']} {entry.get('url', '')}")
        elif method == "Page.javascriptDialogOpening":
            self.complaints.append("a dialog opened: " + parameters["message"])

    def open(self, address):
        self.call("Page.navigate", url=address)
        self.wait("document.readyState === 'complete'")

    def value(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def wait(self, expression, patience=180):
        """Waits until an expression is true; returns the seconds it took."""
        begun = time.monotonic()
        while not self.value(expression):
            if time.monotonic() - begun > patience:
                raise AssertionError(f"not in {patience} s: {expression}")
            self.read(0.05)
        return time.monotonic() - begun

    def frame_texts(self):
        """The visible text of each frame, by address, also of those that may run no scripts."""
        found = {}

        def walk(tree):
            found[tree["frame"]["url"]] = tree["frame"]["id"]
            for child in tree.get("childFrames", []):
                walk(child)

        walk(self.call("Page.getFrameTree")["frameTree"])
        texts = {}
        for address, identifier in found.items():
            try:
                world = self.call("Page.createIsolatedWorld", frameId=identifier)["executionContextId"]
                answer = self.call("Runtime.evaluate", contextId=world, returnByValue=True,
                                   expression="document.documentElement ? document.documentElement.innerText : ''")
            except RuntimeError:
                # The frame has just navigated; the caller tries again.
                continue
            texts[address] = answer["result"].get("value", "")
        return texts

    def press(self, key, code):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def size(self, width, height, scale=1, mobile=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale,
                  mobile=mobile)

    def prefer(self, scheme):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, path, whole=False):
        """Writes what is seen; with `whole` the window is made as high as the page first, for Chromium shifts pages that
        are written from right to left when it captures more than it shows."""
        metrics = self.call("Page.getLayoutMetrics")
        width, height = (metrics["cssLayoutViewport"][each] for each in ("clientWidth", "clientHeight"))
        if whole:
            self.size(width, max(height, metrics["cssContentSize"]["height"]))
        answer = self.call("Page.captureScreenshot", format="png")
        with open(path, "wb") as file:
            file.write(base64.b64decode(answer["data"]))
