# SPDX-License-Identifier: Apache-2.0
"""Checks the hosted pages of password reset in a real Chromium.

    check.py GATEWAY EMAIL LINK [SCREENSHOTS]

GATEWAY is the address of a running gateway whose pages are on and whose directory knows EMAIL, an address of 12 characters or
more. LINK is a shell command that prints the newest link that was mailed to EMAIL, or nothing while there is none. The check requests
two links; with SCREENSHOTS, a folder, it requests one and writes a picture of each page instead. Prints what was checked;
exits 1 at the first failed check.
"""

import json
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Preview"))
from chromium import Chromium  # noqa: E402

GOOD = "correct horse Battery 7 staple!"
LANGUAGES = {"en": "ltr", "de": "ltr", "fr": "ltr", "es": "ltr", "ar": "rtl"}
# Chromium logs this for every answer of 400 or more, whatever the page does.
STATUS = "Failed to load resource: the server responded with a status of"


def said(words, condition=True):
    if not condition:
        raise AssertionError(words)
    print("ok:", words, flush=True)


class Visitor:
    """A user of the pages."""

    def __init__(self, browser, gateway, email, command):
        self.browser, self.gateway, self.email, self.command = browser, gateway.rstrip("/"), email, command
        self.seen = self.newest_link()

    def newest_link(self):
        return subprocess.run(["/bin/sh", "-c", self.command], capture_output=True, text=True, check=True).stdout.strip()

    def next_link(self, patience=180):
        """The link of the mail that arrived since the last call."""
        begun = time.monotonic()
        while (link := self.newest_link()) in ("", self.seen):
            if time.monotonic() - begun > patience:
                raise AssertionError(f"no new link in {patience} s")
            time.sleep(0.1)
        self.seen = link
        return link

    def open(self, path):
        self.browser.open(urllib.parse.urljoin(self.gateway + "/", path))

    def value(self, expression):
        return self.browser.value(expression)

    def type(self, identifier, text):
        """Types as a keyboard does."""
        self.value(f"document.getElementById({json.dumps(identifier)}).focus()")
        self.browser.call("Input.insertText", text=text)

    def submit(self):
        """Presses the button of the form, and waits for the page that follows."""
        self.value("window.before = true")
        self.value("document.querySelector('form button').click()")
        self.arrive()

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

    def speak(self, language):
        self.browser.call("Network.setExtraHTTPHeaders", headers={"Accept-Language": language} if language else {})

    def scripts(self, are_on):
        self.browser.call("Emulation.setScriptExecutionDisabled", value=not are_on)

    def heard(self):
        """What a screen reader reads: role, name, description and whether it is invalid."""
        found = []
        for node in self.browser.call("Accessibility.getFullAXTree")["nodes"]:
            if not node.get("ignored"):
                properties = {each["name"]: each["value"].get("value") for each in node.get("properties", [])}
                found.append({
                    "role": node["role"]["value"], "name": node.get("name", {}).get("value", ""),
                    "description": node.get("description", {}).get("value", ""),
                    "invalid": properties.get("invalid") == "true"})
        return found

    def field(self, name):
        return next((each for each in self.heard() if each["role"] == "textbox" and each["name"] == name), None)

    def alert(self):
        return self.value("document.querySelector('[role=alert]')?.textContent.trim() ?? ''")

    def heading(self):
        return self.value("document.querySelector('h1').textContent")

    def ask(self):
        """Requests a link; returns the text of the next page."""
        self.open("forgot-password")
        self.type("email", self.email)
        self.submit()
        return self.value("document.querySelector('main').innerText")


def fetched(address, language="en"):
    request = urllib.request.Request(address, headers={"Accept-Language": language})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, answer.read().decode()


def headers(visitor):
    for path in ("forgot-password", "reset-password", "reset-password?token=" + "x" * 43):
        _, fields, text = fetched(f"{visitor.gateway}/{path}")
        policy = fields["Content-Security-Policy"]
        for part in ("default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
            said(f"{path} has {part}", part in policy and "unsafe" not in policy)
        wanted = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        said(f"{path} is not kept, guessed or told about", all(fields[name] == value for name, value in wanted.items()))
        said(f"{path} is not indexed", "noindex" in fields["X-Robots-Tag"] and 'name="robots"' in text)
        said(f"{path} sets no cookie", "Set-Cookie" not in fields)


def forgotten(visitor):
    visitor.open("forgot-password")
    field = visitor.field("Email address")
    said("the address has a label", field is not None and not field["invalid"])
    visitor.type("email", "no address")
    visitor.submit()
    field = visitor.field("Email address")
    said("what is no address is told at the field", field["invalid"] and visitor.alert() in field["description"] != "")
    said("the field has the focus", visitor.value("document.activeElement.id") == "email")
    said("what was typed is not shown again", visitor.value("document.getElementById('email').value") == "")
    visitor.type("email", "nobody-" + visitor.email)
    visitor.submit()
    unknown = visitor.value("document.documentElement.outerHTML")
    said("an answer is given", "If that email is registered" in unknown)
    visitor.ask()
    said("a known address gets the same page", visitor.value("document.documentElement.outerHTML") == unknown)


def history(visitor, token):
    said("the token has left the address bar", visitor.value("location.search + location.hash") == "")
    entries = visitor.browser.call("Page.getNavigationHistory")["entries"]
    said("the token is not in the history", not [each for each in entries if token in each["url"]])
    said("nothing is kept in the browser", visitor.value(
        "document.cookie === '' && localStorage.length === 0 && sessionStorage.length === 0 && history.state === null"))
    said("the token is in the form", visitor.value("document.querySelector('[name=token]').value") == token)
    loaded = visitor.value("performance.getEntriesByType('resource').map((each) => each.name)")
    pictures = visitor.value("[...document.images].map((each) => each.currentSrc)")
    said(f"nothing but the logo is loaded {loaded}", set(loaded) <= set(pictures))


def password_field(visitor):
    field = visitor.field("New password")
    rules = visitor.value("document.getElementById('rules')?.textContent.trim().split('\\n')[0] ?? ''")
    said("the password has a label, and the rules are tied to it", field and rules and rules in field["description"])
    properties = visitor.value("(({type, autocomplete, maxLength}) => ({type, autocomplete, maxLength}))"
                               "(document.getElementById('password'))")
    said("the field is one for new passwords of any length",
         properties == {"type": "password", "autocomplete": "new-password", "maxLength": -1})
    said("paste is not kept from it", visitor.value(
        "document.getElementById('password').dispatchEvent(new ClipboardEvent('paste', {cancelable: true, bubbles: true}))"))
    visitor.value("document.getElementById('password').focus()")
    order = [visitor.value("document.activeElement.id")]
    for _ in range(2):
        visitor.browser.press("Tab", 9)
        order.append(visitor.value("document.activeElement.id || document.activeElement.type"))
    said(f"Tab goes from the password to the switch and to the button {order}", order == ["password", "show", "submit"])
    outline = visitor.value("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
    said("the focus can be seen", outline >= 2)
    visitor.type("password", "abc")
    for kind in ("text", "password"):
        visitor.value("document.getElementById('show').focus()")
        visitor.browser.call("Input.dispatchKeyEvent", type="keyDown", key=" ", code="Space", windowsVirtualKeyCode=32, text=" ")
        visitor.browser.call("Input.dispatchKeyEvent", type="keyUp", key=" ", code="Space", windowsVirtualKeyCode=32)
        said(f"the switch makes it a field of {kind}", visitor.value("document.getElementById('password').type") == kind)
    said("the second field is only for those without scripts", visitor.value("document.getElementById('again') === null"))
    visitor.value("document.getElementById('password').value = ''")


def with_scripts(visitor):
    link = visitor.next_link()
    token = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["token"][0]
    for _ in range(3):
        fetched(link)
    visitor.browser.open(link)
    history(visitor, token)
    password_field(visitor)
    visitor.type("password", visitor.email)
    visitor.submit()
    field = visitor.field("New password")
    said("a password that is refused is told at the field", field["invalid"] and visitor.alert() != "")
    said("the field has the focus again, and is empty", visitor.value(
        "document.activeElement.id === 'password' && document.activeElement.value === ''"))
    said("the title tells of the fault", visitor.value("document.title").startswith("Error:"))
    said("no page holds what was typed", visitor.email not in visitor.value("document.querySelector('main').innerHTML")
         .replace(f'value="{visitor.email}" readonly', ""))
    visitor.type("password", GOOD)
    visitor.value("document.getElementById('show').click(); window.before = true")
    # A second request would be answered first, and say that the link is used up.
    said("whoever clicks twice asks once", visitor.value("""(() => { document.querySelector("form button").click();
        return !document.getElementById("form").dispatchEvent(new SubmitEvent("submit", {cancelable: true})); })()"""))
    visitor.arrive()
    said("the password is changed", visitor.heading() == "Your password has been reset")
    entries = visitor.browser.call("Page.getNavigationHistory")["entries"]
    said("the token is not in the history afterwards", not [each for each in entries if token in each["url"]])
    visitor.browser.open(link)
    used_up(visitor)
    visitor.open("reset-password")
    said("without a token the page says where the link is", visitor.heading() == "Open the link in your email")


def used_up(visitor):
    if visitor.value("document.getElementById('password') !== null"):
        # If the gateway checks a token only when it is used, it reports the fault then.
        visitor.type("password", GOOD)
        visitor.submit()
    said("a link works once", visitor.heading() == "This link no longer works")
    said("a new one can be asked for", visitor.value("document.querySelector('main a').pathname").endswith("/forgot-password"))


def without_scripts(visitor):
    visitor.scripts(False)
    visitor.ask()
    link = visitor.next_link()
    visitor.browser.open(link)
    said("there are two fields without scripts, and no switch",
         visitor.field("New password") and visitor.field("New password again")
         and visitor.value("document.getElementById('switch').offsetHeight") == 0)
    visitor.type("password", GOOD + "1")
    visitor.type("again", GOOD + "2")
    visitor.submit()
    said("two passwords that differ are told", "not the same" in visitor.alert())
    visitor.type("password", GOOD + "3")
    visitor.type("again", GOOD + "3")
    visitor.submit()
    said("the password is changed without scripts", visitor.heading() == "Your password has been reset")
    visitor.scripts(True)


CONTRASTS = """(() => {
    const channels = (text) => text.match(/[0-9.]+/g).map(Number);
    const luminance = (colour) => colour.slice(0, 3).map((each) => each / 255)
        .map((each) => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
        .reduce((sum, each, index) => sum + each * [0.2126, 0.7152, 0.0722][index], 0);
    const ground = (element) => {
        for (let each = element; each; each = each.parentElement) {
            const colour = channels(getComputedStyle(each).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const low = [];
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.textContent.trim() || !element.checkVisibility()) continue;
        const pair = [luminance(channels(getComputedStyle(element).color)), luminance(ground(element))].sort();
        const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
        if (ratio < 4.5) low.push(`${walker.currentNode.textContent.trim()}: ${ratio.toFixed(2)}`);
    }
    return low;
})()"""


def looks(visitor):
    paths = ("forgot-password", "reset-password")
    for language, direction in LANGUAGES.items():
        visitor.speak(language)
        for scheme in ("light", "dark"):
            visitor.browser.prefer(scheme)
            grounds = set()
            for path in paths:
                for width in (320, 1280):
                    visitor.browser.size(width, 700)
                    visitor.open(path)
                    found = visitor.value("({language: document.documentElement.lang, direction: getComputedStyle("
                                          "document.body).direction, over: document.documentElement.scrollWidth - innerWidth})")
                    wanted = {"language": language, "direction": direction, "over": 0}
                    if found != wanted:
                        raise AssertionError(f"{path} at {width}: {found}, not {wanted}")
                    low = visitor.value(CONTRASTS)
                    if low:
                        raise AssertionError(f"{path} in {scheme}: contrast below 4.5:1 in {low}")
                    grounds.add(visitor.value("getComputedStyle(document.body).backgroundColor"))
            if scheme == "light":
                light = grounds
        said(f"{language}: language, direction, phone width and contrast are right, in light and dark", light != grounds)
    visitor.speak(None)
    visitor.browser.prefer("light")
    visitor.browser.size(1280, 900)


def screenshots(visitor, folder):
    folder.mkdir(parents=True, exist_ok=True)
    visitor.ask()
    link = visitor.next_link()

    def shoot(name, show):
        for scheme in ("light", "dark"):
            for width, device in ((375, "phone"), (1280, "desktop")):
                visitor.browser.prefer(scheme)
                visitor.browser.size(width, 760)
                show()
                visitor.browser.picture(folder / f"{name}.{device}.{scheme}.png", whole=True)

    def refused():
        visitor.browser.open(link)
        visitor.type("password", visitor.email)
        visitor.submit()

    for language in LANGUAGES:
        visitor.speak(language)
        shoot(f"{language}.forgot", lambda: visitor.open("forgot-password"))
        shoot(f"{language}.incomplete", lambda: visitor.open("reset-password"))
        shoot(f"{language}.bad", lambda: visitor.open("reset-password?token=x"))
        shoot(f"{language}.choose", lambda: visitor.browser.open(link))
        shoot(f"{language}.refused", refused)


def main(gateway, email, command, pictures=None):
    browser = Chromium()
    try:
        browser.call("Accessibility.enable")
        visitor = Visitor(browser, gateway, email, command)
        if pictures:
            return screenshots(visitor, pathlib.Path(pictures))
        headers(visitor)
        forgotten(visitor)
        with_scripts(visitor)
        without_scripts(visitor)
        looks(visitor)
        complaints = [each for each in browser.complaints if STATUS not in each]
        said(f"the browser has nothing to complain about {complaints}", not complaints)
    finally:
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
