# SPDX-License-Identifier: Apache-2.0
"""Renders one branded password-reset mail with ours, swift-mustache, Jinja2 and minijinja, in turn; see README.md."""
import argparse
import json
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
CELL = "font-family:Arial,'Segoe UI',sans-serif;font-size:16px;line-height:26px;color:#1c2430;"
NAMES = ["name", "link", "account", "device", "place", "asked_at", "valid_minutes", "reference"]
DATA = {
    "name": "Ana & Ben", "link": "https://app.posthaste.example/reset?token=0sYtd2fXG4Yc1n2mZQx0c0mT3bJ6m0hV9pQ1rS5uW7A",
    "account": "ana@example.org", "device": "Firefox on Debian", "place": "Köln, Germany", "asked_at": "17:33",
    "valid_minutes": "60", "reference": "R-2026-1042",
}


def head():
    rules = "\n".join(
        f"  .{name} {{ {what}: {value} !important; }}"
        for name, what, value in [
            ("background", "background-color", "#12151a"), ("surface", "background-color", "#1b2027"),
            ("text", "color", "#e9ecf0"), ("muted", "color", "#a7b0bb"), ("link", "color", "#9db2ff"),
            ("line", "border-color", "#333b46"), ("accent", "background-color", "#9db2ff"), ("button", "color", "#10173a"),
        ]
    )
    return f"""<!DOCTYPE html>
<html lang="en" dir="ltr" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Choose a new password</title>
<style>
@media (max-width: 620px) {{
  .outer {{ padding: 20px 12px 28px 12px !important; }}
  .content {{ padding: 28px 22px 12px 22px !important; }}
}}
@media (prefers-color-scheme: dark) {{
{rules}
}}
</style>
</head>
<body class="background" style="margin:0;padding:0;width:100%;background-color:#f3f4f6;">
<table role="presentation" class="background" width="100%" cellpadding="0" cellspacing="0" border="0" style="width:100%;">
<tr>
<td class="outer" align="center" style="padding:36px 16px 44px 16px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="width:100%;max-width:600px;">
<tr><td class="text" style="padding:0 40px 20px 40px;{CELL}font-weight:700;">Posthaste</td></tr>
<tr><td class="surface line" style="background-color:#fefefe;border:1px solid #e1e5ea;border-radius:12px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="width:100%;">
<tr><td class="content text" style="padding:36px 40px 20px 40px;{CELL}">
"""


TAIL = "</td></tr>\n</table>\n</td></tr>\n</table>\n</td>\n</tr>\n</table>\n</body>\n</html>\n"


def row(label, value):
    return f"""<tr>
<td class="muted" valign="top" style="padding:5px 0;{CELL}">{label}</td>
<td class="text" width="62%" valign="top" style="padding:5px 0;{CELL}font-weight:600;">{{{{{value}}}}}</td>
</tr>
"""


def body():
    rows = "".join(
        row(*pair)
        for pair in [
            ("Account", "account"), ("Device", "device"), ("Place", "place"), ("Asked at", "asked_at"),
            ("Valid for (minutes)", "valid_minutes"),
        ]
    )
    return f"""<h1 style="margin:0 0 16px 0;font-size:24px;line-height:32px;font-weight:700;">Choose a new password</h1>
<p style="margin:0 0 16px 0;">Hello {{{{name}}}},</p>
<p style="margin:0 0 20px 0;">somebody asked to reset the password of your account. If it was you, choose a new one here.</p>
<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 24px 0;"><tr>
<td align="center" bgcolor="#2f51c4" style="background-color:#2f51c4;border-radius:8px;">
<a class="button" href="{{{{link}}}}" target="_blank" style="display:inline-block;padding:14px 30px;{CELL}">Choose it</a>
</td></tr></table>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="width:100%;margin:0 0 20px 0;">
{rows}</table>
<p class="muted" style="margin:0 0 24px 0;font-size:14px;line-height:22px;color:#59636f;">If the button does not work, open this
address in your browser:<br><a class="link" href="{{{{link}}}}" style="color:#2f51c4;word-break:break-all;">{{{{link}}}}</a></p>
"""


def footer():
    return f"""<p class="muted" style="margin:0 0 12px 0;font-size:14px;line-height:22px;color:#59636f;">It was not you? Then ignore
this mail. Your password stays as it is, and nobody can change it without this link. Never pass the link on; we will never ask
you for it. Reference {{{{reference}}}}.</p>
<p style="margin:0 0 12px 0;{CELL}"><a class="muted" href="https://posthaste.example/">Website</a>&nbsp;&middot;&nbsp;
<a class="muted" href="https://posthaste.example/help">Help</a>&nbsp;&middot;&nbsp;
<a class="muted" href="https://posthaste.example/privacy">Privacy</a></p>
<p style="margin:0;{CELL}">Posthaste<br>1 Example Street<br>12345 Exampletown</p>
"""


def write(folder):
    texts = {
        "ours/layouts/base.html": head() + "{{$body}}{{/body}}\n{{>footer}}\n" + TAIL,
        "ours/partials/footer.html": footer(),
        "ours/password-reset/body.html": body(),
        "ours/password-reset/body.txt": "{{name}} {{link}}\n",
        "ours/password-reset/template.yaml": "subject: Choose a new password\nlayout: base\nvariables:\n"
        + "".join(f"  {name}: {{ type: {'url' if name == 'link' else 'string'}, required: true }}\n" for name in NAMES)
        + "sample: " + json.dumps(DATA, ensure_ascii=False) + "\n",
        "ours/brands/default/brand.yaml": "name: Posthaste\n",
        "peers/layout.mustache": head() + "{{> body}}\n{{> footer}}\n" + TAIL,
        "peers/body.mustache": body(),
        "peers/footer.mustache": footer(),
        "peers/data.json": json.dumps(DATA),
        "jinja/layout.html": head() + "{% block body %}{% endblock %}\n{% include 'footer.html' %}\n" + TAIL,
        "jinja/footer.html": footer(),
        "jinja/body.html": "{% extends 'layout.html' %}{% block body %}" + body() + "{% endblock %}",
    }
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def measure(seconds, render):
    """Microseconds a call, the best of eight rounds, and the size of the page."""
    for _ in range(200):
        page = render()
    best = float("inf")
    for _ in range(8):
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds / 8:
            for _ in range(50):
                render()
            count += 50
        best = min(best, (time.perf_counter() - start) / count * 1e6)
    return best, len(page.encode())


def python_peers(folder, seconds):
    import jinja2
    import minijinja

    load = jinja2.FileSystemLoader(folder / "jinja")
    jinja = jinja2.Environment(loader=load, autoescape=True).get_template("body.html")
    yield f"Jinja2 {jinja2.__version__}", *measure(seconds, lambda: jinja.render(DATA))
    mini = minijinja.Environment(
        loader=lambda name: (folder / "jinja" / name).read_text(encoding="utf-8"), auto_escape_callback=lambda name: True
    )
    yield "minijinja", *measure(seconds, lambda: mini.render_template("body.html", **DATA))


def swift(folder, seconds):
    binary = HERE / ".build/release/RenderBench"
    lines = subprocess.run([binary, folder, str(seconds)], check=True, capture_output=True, text=True).stdout.splitlines()
    for line in lines:
        name, best, size = line.split()
        yield {"swift-mustache": "swift-mustache 2.1.1"}.get(name, "Posthaste"), float(best), int(size)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4, help="for each engine")
    parser.add_argument("--keep", help="write the templates to this folder and leave them")
    options = parser.parse_args()
    folder = pathlib.Path(options.keep or tempfile.mkdtemp(prefix="posthaste-bench-"))
    write(folder)
    try:
        rows = [*swift(folder, options.seconds), *python_peers(folder, options.seconds)]
    finally:
        if not options.keep:
            shutil.rmtree(folder)
    ours = rows[0][1]
    print(f"{platform.machine()}, Python {platform.python_version()}; microseconds a page on one core, best of eight rounds\n")
    print("| engine | µs a page | bytes | times ours |\n|---|---:|---:|---:|")
    for name, best, size in rows:
        print(f"| {name} | {best:.1f} | {size} | {best / ours:.1f} |")


sys.exit(main())
