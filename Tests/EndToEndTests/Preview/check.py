# SPDX-License-Identifier: Apache-2.0
"""Checks the page of `posthaste templates preview` in a real Chromium.

    check.py POSTHASTE FOLDER GATEWAY [SCREENSHOTS]

FOLDER holds posthaste.yaml and the shipped templates; GATEWAY is the address of a gateway that serves it with a capture provider.
Prints what was checked; exits 1 at the first failed check.
"""

import http.client
import json
import pathlib
import subprocess
import sys
import time
import urllib.request

from chromium import Chromium

HOSTILE = "\"'><script>top.pwned=1;alert(1)</script><img src=x onerror=\"top.pwned=1;alert(2)\"></textarea>{{name}}"


class Page:
    def __init__(self, browser, address):
        self.browser, self.address = browser, address

    def open(self, words):
        self.browser.open("about:blank")
        self.browser.open(f"{self.address}#{words}")
        self.browser.wait("document.getElementById('subject').textContent.trim() !== ''")

    def choose(self, control, value):
        self.browser.value(f"""(() => {{ const control = document.getElementById({json.dumps(control)});
            control.value = {json.dumps(value)}; control.dispatchEvent(new Event("change")); }})()""")

    def tick(self, name, value):
        self.browser.value(f"document.querySelector('input[name={name}][value={value}]').click()")

    def type(self, data):
        text = data if isinstance(data, str) else json.dumps(data)
        self.browser.value(f"""(() => {{ const editor = document.getElementById("data");
            editor.value = {json.dumps(text)}; editor.dispatchEvent(new Event("input")); }})()""")

    def text(self, identifier):
        return self.browser.value(f"document.getElementById({json.dumps(identifier)}).textContent")

    def shows(self, words, patience=180):
        """Waits until the HTML part has these words; returns the seconds it took."""
        begun = time.monotonic()
        while not any("/mail/" in address and words in text for address, text in self.browser.frame_texts().items()):
            if time.monotonic() - begun > patience:
                raise AssertionError(f"the mail does not show {words!r}: {self.browser.frame_texts()}")
            self.browser.read(0.03)
        return time.monotonic() - begun

    def says(self, identifier, words, patience=180):
        return self.browser.wait(
            f"document.getElementById({json.dumps(identifier)}).textContent.includes({json.dumps(words)})", patience)


def said(words, condition=True):
    if not condition:
        raise AssertionError(words)
    print("ok:", words, flush=True)


def choices(page):
    page.open("template=welcome")
    page.shows("Welcome, Ana")
    said("the page shows a mail")
    page.choose("template", "password-reset")
    page.says("subject", "Reset your password")
    page.choose("locale", "de")
    page.says("subject", "Passwort")
    page.choose("brand", "westside")
    page.says("from", "Westside")
    said("template, language and brand are followed")
    page.tick("view", "text")
    page.browser.wait("!document.getElementById('plain').hidden")
    page.tick("view", "source")
    page.says("plain", "<!DOCTYPE html>")
    page.tick("view", "html")
    said("text and source are shown")
    page.browser.value("document.querySelector('input[name=scheme][value=light]').focus()")
    page.browser.press("ArrowRight", 39)
    page.browser.wait("document.getElementById('mail').dataset.address.endsWith('scheme=dark')")
    page.browser.value("document.querySelector('input[name=width][value=desktop]').focus()")
    page.browser.press("ArrowRight", 39)
    page.browser.wait("document.getElementById('mail').getBoundingClientRect().width === 375")
    said("dark and phone are chosen by keyboard")


def edits(page, templates):
    page.open("template=welcome")
    page.shows("Welcome, Ana")
    body = templates / "welcome" / "body.html"
    good = body.read_text()
    body.write_text(good + "<p>Edited just now</p>\n")
    took = page.shows("Edited just now")
    # A release binary on a quiet machine takes a fraction of a second; the tests run a debug binary next to others.
    said(f"an edit of a file shows after {took:.2f} s")
    body.write_text(good + "\n<p>{{nonsense}}</p>\n")
    page.says("trouble", "welcome/body.html:")
    page.says("trouble", "nonsense")
    page.shows("Edited just now")
    page.says("findings", "nonsense")
    said("a fault shows with its place, and the last good version stays")
    body.write_text(good)
    page.browser.wait("document.getElementById('trouble').hidden")
    page.shows("Welcome, Ana")
    said("a mended file shows")


def data(page):
    page.open("template=welcome")
    page.type({"name": "Zoë"})
    page.shows("Welcome, Zoë")
    said("an edit of the data shows")
    page.type({"nme": 1})
    page.says("faults", "/data/name")
    page.says("faults", "/data/nme")
    place = "[...document.querySelectorAll('#faults button')].find((each) => each.textContent === '/data/nme')"
    page.browser.value(f"{place}.click()")
    chosen = page.browser.value(
        "(() => { const e = document.activeElement; return e.value.slice(e.selectionStart, e.selectionEnd); })()")
    said("faults of the data are shown by pointer and found in the editor", chosen == "1")
    page.type('{\n  "name": }')
    page.says("faults", "line 2, column 11")
    said("data that are no JSON name line and column")
    page.browser.value("document.getElementById('reset').click()")
    page.shows("Welcome, Ana")
    said("the sample comes back")


def hostility(page):
    for template in ("welcome", "announcement", "receipt"):
        page.open(f"template={template}")
        sample = json.loads(page.browser.value("document.getElementById('data').value"))
        values = {name: HOSTILE if isinstance(value, str) and "://" not in value else value
                  for name, value in sample.items() if name not in ("date",)}
        page.type(values)
        page.shows("<script>top.pwned=1")
        for view in ("text", "source", "html"):
            page.tick("view", view)
        values[HOSTILE] = HOSTILE
        page.type(values)
        page.says("faults", "<script>")
        page.type(HOSTILE)
        page.says("faults", "line 1")
    page.browser.read(0.5)
    said("hostile data execute nothing", page.browser.value("window.pwned") is None)


def sending(page, gateway):
    page.open("template=welcome")
    page.type({"name": "Sender of myself"})
    page.shows("Sender of myself")
    page.browser.value("document.getElementById('to').value = 'me@example.org'")
    page.browser.value("document.getElementById('provider').value = 'inbox'")
    page.browser.value("document.querySelector('#send button').click()")
    page.says("sent", "is sent by inbox")
    with urllib.request.urlopen(gateway) as answer:
        said("a mail to oneself reaches the inbox", b"me@example.org" in answer.read())


def strangers(address):
    port = int(address.rsplit(":", 1)[1].strip("/"))
    for path, name in (("/", "evil.example"), ("/api/folder", f"evil.example:{port}"), ("/mail/1", "evil.example")):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", path, headers={"Host": name})
        said(f"a foreign host name gets nothing from {path}", connection.getresponse().status == 403)
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("POST", "/api/send", body="{}", headers={"Content-Type": "text/plain"})
    said("a form of a foreign page cannot send", connection.getresponse().status == 415)


def screenshots(page, folder):
    folder.mkdir(parents=True, exist_ok=True)
    listed = page.browser.value("fetch('/api/folder').then((answer) => answer.json())")
    for template in [each["name"] for each in listed["templates"]]:
        for brand, locale in (("default", "en"), ("westside", "ar")):
            for scheme in ("light", "dark"):
                body = json.dumps({"template": template, "brand": brand, "locale": locale})
                mail = page.browser.value(f"""fetch("/api/render", {{method: "POST", body: {json.dumps(body)},
                    headers: {{"Content-Type": "application/json"}}}}).then((answer) => answer.json())""")["mail"]
                page.browser.prefer(scheme)
                for width, name in ((375, "phone"), (800, "desktop")):
                    page.browser.size(width, 800)
                    page.browser.open(f"{page.address}{mail.lstrip('/')}?scheme={scheme}")
                    page.browser.picture(folder / f"{template}.{brand}.{locale}.{name}.{scheme}.png", whole=True)
                page.open("template=welcome")


def main(program, folder, gateway, pictures=None):
    preview = subprocess.Popen([program, "templates", "preview"], cwd=folder, stdout=subprocess.PIPE, text=True)
    address = preview.stdout.readline().split(" on ")[-1].strip()
    browser = Chromium()
    try:
        page = Page(browser, address)
        if pictures:
            page.open("template=welcome")
            return screenshots(page, pathlib.Path(pictures))
        choices(page)
        edits(page, pathlib.Path(folder) / "templates")
        data(page)
        hostility(page)
        sending(page, gateway)
        strangers(address)
        said(f"the browser has nothing to complain about {browser.complaints}", not browser.complaints)
    finally:
        browser.close()
        preview.terminate()
        begun = time.monotonic()
        code = preview.wait()
    said(f"the preview ends when told to, in {time.monotonic() - begun:.2f} s", code == 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
