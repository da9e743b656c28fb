# SPDX-License-Identifier: Apache-2.0
"""Checks the console in a real Chromium.

    check.py GATEWAY KEY LINK AXE [SCREENSHOTS]

GATEWAY is the address of a running gateway with a capture provider `inbox` on its route. KEY is an API key with every scope, and
LINK a shell command that prints a one-time link. AXE is the file of axe-core (https://github.com/dequelabs/axe-core). With
SCREENSHOTS, a folder, the check writes a picture of each page instead. Prints what was checked; exits 1 at the first failed check.
"""

import json
import pathlib
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Preview"))
from chromium import Chromium  # noqa: E402

HOSTILE = """<!doctype html><html><head><title>x</title><meta http-equiv="refresh" content="0; url=/console/keys">
<base href="https://evil.example/"><script>top.pwned = 1; parent.pwned = 1;</script>
<link rel="stylesheet" href="/console/assets/x.css"></head><body>
<p id="seen">A mail that means no good.</p><img src="x" onerror="top.pwned = 2"><img src="https://evil.example/pixel.png">
<form action="/console/logout" method="post"><input name="token"><button id="go">Go</button></form>
<iframe src="/console/keys"></iframe><script>document.forms[0].submit()</script></body></html>"""


def said(words, condition=True):
    if not condition:
        raise AssertionError(words)
    print("ok:", words, flush=True)


class Operator:
    """A person at the console."""

    def __init__(self, browser, gateway, key, link, axe):
        self.browser, self.gateway, self.key, self.link = browser, gateway.rstrip("/"), key, link
        self.axe = pathlib.Path(axe).read_text(encoding="utf-8")

    def open(self, path):
        self.browser.open(self.gateway + path)

    def value(self, expression):
        return self.browser.value(expression)

    def arrive(self, patience=180):
        """Waits for the page after the one that has `window.before`."""
        begun = time.monotonic()
        while time.monotonic() - begun < patience:
            try:
                if self.value("!window.before && document.readyState === 'complete'"):
                    return
            except RuntimeError:
                # The page was unloaded during the call.
                continue
            self.browser.read(0.05)
        raise AssertionError(f"no other page in {patience} s")

    def press(self, selector):
        """Presses a button, and waits for the page that follows."""
        self.value("window.before = true")
        self.value(f"document.querySelector({json.dumps(selector)}).click()")
        self.arrive()

    def place(self):
        return self.value("location.pathname")

    def heading(self):
        return self.value("document.querySelector('h1').textContent")

    def send(self, **mail):
        body = {"to": "ana@example.org", "subject": "Hello", "text": "Hello", **mail}
        request = urllib.request.Request(
            f"{self.gateway}/v1/messages", json.dumps(body).encode(), method="POST",
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json", "Prefer": "wait=20"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["id"]

    def sign_in(self):
        self.browser.call("Network.clearBrowserCookies")
        self.open("/console/login")
        self.value("document.getElementById('key').focus()")
        self.browser.call("Input.insertText", text=self.key)
        self.press("form button")
        self.browser.wait("location.pathname === '/console' && document.querySelector('nav') !== null")

    def new_link(self):
        return subprocess.run(["/bin/sh", "-c", self.link], capture_output=True, text=True, check=True).stdout.strip()

    def paths(self, message):
        return [
            "/console", "/console?span=week", "/console/messages", "/console/messages?q=nothing", f"/console/messages/{message}",
            f"/console/messages/{message}?view=headers", f"/console/messages/{message}?view=attachments",
            f"/console/messages/{message}?view=request", "/console/captured", f"/console/captured/{message}", "/console/providers",
            "/console/suppressions", "/console/keys", "/console/settings"]


def signing_in(operator):
    operator.open("/console/messages")
    said("a page leads to the form first", operator.place() == "/console/login")
    operator.browser.call("Input.insertText", text="ph_wrong")
    operator.press("form button")
    said("a wrong key is said at its field", operator.value(
        "document.getElementById('key').getAttribute('aria-invalid') === 'true'"
        " && document.getElementById('key-says').textContent.includes('no key')"))
    operator.sign_in()
    said("a key opens the overview", operator.heading() == "Overview")
    operator.browser.call("Network.clearBrowserCookies")
    link = operator.new_link()
    operator.browser.open(link)
    operator.browser.wait("location.pathname === '/console'")
    said("a link opens the overview", operator.value("document.querySelector('.who b').textContent") == "one-time link")
    operator.browser.call("Network.clearBrowserCookies")
    operator.browser.open(link)
    said("a link works once", "used before" in operator.value("document.body.textContent"))
    operator.sign_in()


def pages(operator, message):
    for path in operator.paths(message):
        for scheme in ("light", "dark"):
            operator.browser.prefer(scheme)
            for width in (360, 1400):
                operator.browser.size(width, 800)
                operator.open(path)
                over = operator.value("document.documentElement.scrollWidth - innerWidth")
                if over > 0:
                    raise AssertionError(f"{path} at {width} is {over} too wide")
                operator.value(operator.axe + "; undefined")
                found = operator.value(
                    "axe.run(document, { iframes: false }).then((found) => found.violations.map((each) => each.id + ': '"
                    " + each.nodes.map((node) => node.html.slice(0, 160)).slice(0, 4).join(' | ')))")
                if found:
                    raise AssertionError(f"{path} at {width} in {scheme}: {found}")
        said(f"{path} fits and is accessible, on phone and desktop, in light and dark")
    operator.browser.prefer("light")
    operator.browser.size(1400, 900)


def hostile(operator):
    message = operator.send(subject="<script>window.pwned = 3</script>", html=HOSTILE, text="x")
    for path in (f"/console/captured/{message}", f"/console/messages/{message}"):
        operator.open(path)
        frame = f"{path}/body"
        operator.browser.wait(f"document.querySelector('iframe').src.endsWith({json.dumps(frame)})")
        begun = time.monotonic()
        while not any("no good" in text for text in operator.browser.frame_texts().values()):
            said("the mail is shown in time", time.monotonic() - begun < 180)
            operator.browser.read(0.1)
        # Whatever the mail tries, it tries while its frame loads; a second page shows that the session is as before.
        for _ in range(10):
            operator.browser.read(0.05)
        said("hostile mail runs nothing", operator.value("typeof window.pwned") == "undefined")
        said("hostile mail leads nowhere", operator.place() == path)
        frames = list(operator.browser.frame_texts())
        said(f"hostile mail opens no other page {frames}", not any("/console/keys" in each or "evil" in each for each in frames))
    operator.open("/console/keys")
    said("hostile mail leaves the session alone", operator.place() == "/console/keys")
    operator.browser.complaints.clear()


def live(operator):
    operator.open("/console/captured")
    operator.browser.wait("document.querySelector('[data-stream]')?.hidden === false")
    subject = f"Live {time.time()}"
    operator.send(subject=subject)
    took = operator.browser.wait(f"document.querySelector('main').textContent.includes({json.dumps(subject)})")
    said(f"captured mail comes by itself ({took:.1f} s)")
    operator.value("dispatchEvent(new KeyboardEvent('keydown', { key: '/', bubbles: true }))")
    said("the key / goes to the search", operator.value("document.activeElement.type") == "search")


def without_scripts(operator):
    operator.browser.call("Emulation.setScriptExecutionDisabled", value=True)
    operator.open("/console/providers")
    operator.press("form[action$='/inbox/pause'] button")
    said("a provider is paused without scripts", "paused" in operator.value("document.querySelector('#p-inbox header').textContent"))
    operator.press("form[action$='/inbox/resume'] button")
    said("and resumed", "paused" not in operator.value("document.querySelector('#p-inbox header').textContent"))
    operator.press("form[action='/console/logout'] button")
    said("signing out ends at the form", operator.place() == "/console/login")
    operator.browser.call("Emulation.setScriptExecutionDisabled", value=False)


def screenshots(operator, message, folder):
    folder.mkdir(parents=True, exist_ok=True)
    operator.sign_in()
    for path in operator.paths(message) + ["/console/login", f"/console/messages/{message}?view=source", "/console/nothing"]:
        name = path.replace("/console", "console").replace("/", "-").replace("?", "-").replace(message, "message")
        for scheme in ("light", "dark"):
            for width, device in ((360, "phone"), (1400, "desktop")):
                operator.browser.prefer(scheme)
                operator.browser.size(width, 900)
                operator.open(path)
                operator.browser.picture(folder / f"{name}.{device}.{scheme}.png", whole=True)


def main(gateway, key, link, axe, pictures=None):
    browser = Chromium(width=1400)
    try:
        operator = Operator(browser, gateway, key, link, axe)
        file = {"filename": "Minutes.txt", "content": "SGVsbG8=", "content_type": "text/plain"}
        message = operator.send(subject="Minutes of November", html="<h1>Minutes</h1><p>Hello</p>", attachments=[file])
        if pictures:
            return screenshots(operator, message, pathlib.Path(pictures))
        signing_in(operator)
        browser.complaints[:] = [each for each in browser.complaints if "status of 403" not in each]
        pages(operator, message)
        said(f"the browser has nothing to complain about {browser.complaints}", not browser.complaints)
        hostile(operator)
        live(operator)
        without_scripts(operator)
    finally:
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
