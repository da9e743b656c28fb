# SPDX-License-Identifier: Apache-2.0
"""Reports where a page has other tags, attributes or comments than the same page with harmless values.

Reads a JSON list of {label, expected, pages} from the file named; prints one line for each difference.
"""
import json
import re
import sys

import html5lib

OPEN = re.compile(r"<!--\[if[^>]*>")
SCHEMES = {"http", "https", "mailto", "tel", "cid"}
ADDRESSES = {"href", "src", "action", "formaction", "background", "poster", "cite"}


def outlook(page):
    """The page as Outlook reads it, with conditional comments opened."""
    return OPEN.sub("", page).replace("<![endif]-->", "")


def shape(page):
    """Tags with the names of their attributes, in order, and comments; and every URL."""
    tags, addresses = [], []
    walker = html5lib.getTreeWalker("etree")
    for token in walker(html5lib.parse(page, treebuilder="etree")):
        if token["type"] in ("StartTag", "EmptyTag"):
            names = sorted(name for _, name in token["data"])
            tags.append((token["name"], tuple(names)))
            addresses += [value for (_, name), value in token["data"].items() if name in ADDRESSES]
        elif token["type"] == "Comment":
            tags.append(("comment", ()))
    return tags, addresses


def scheme(address):
    text = "".join(character for character in address if ord(character) > 0x20).lower()
    match = re.match(r"[^:/?#]+(?=:)", text)
    return match and match[0]


def main():
    count = 0
    for case in json.load(open(sys.argv[1], encoding="utf-8")):
        for reader, view in (("browser", str), ("Outlook", outlook)):
            expected, written = shape(view(case["expected"]))
            known = {scheme(address) for address in written} | SCHEMES | {None}
            for page in case["pages"]:
                count += 1
                found, addresses = shape(view(page))
                if found != expected:
                    wrong = next((pair for pair in zip(found, expected) if pair[0] != pair[1]), (len(found), len(expected)))
                    print(f"{case['label']!r} ({reader}): {wrong[0]} in place of {wrong[1]}")
                for address in addresses:
                    if scheme(address) not in known:
                        print(f"{case['label']!r} ({reader}): leads to {address!r}")
    print(f"checked {count} pages", file=sys.stderr)


main()
