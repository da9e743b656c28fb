// SPDX-License-Identifier: Apache-2.0

/// Builds an HTML page.
///
/// Untrusted text is added only with ``text(_:)``, which escapes it.
struct HTMLPage {
    private(set) var bytes: [UInt8] = []

    /// Adds trusted markup, unescaped.
    mutating func markup(_ markup: StaticString) {
        bytes.append(contentsOf: String(describing: markup).utf8)
    }

    /// Adds untrusted text, escaped for element content and quoted attributes.
    mutating func text(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): markup("&amp;")
            case UInt8(ascii: "<"): markup("&lt;")
            case UInt8(ascii: ">"): markup("&gt;")
            case UInt8(ascii: "\""): markup("&quot;")
            case UInt8(ascii: "'"): markup("&#39;")
            case 0..<0x09, 0x0B, 0x0C, 0x0E..<0x20, 0x7F: markup("\u{FFFD}")
            default: bytes.append(byte)
            }
        }
    }

    /// A whole page with head and title around `content`.
    static func document(title: String, _ content: (inout HTMLPage) -> Void) -> [UInt8] {
        var page = HTMLPage()
        page.markup("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>")
        page.text(title)
        page.markup("</title>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        page.markup("<link rel=\"stylesheet\" href=\"/console.css\">\n</head>\n<body>\n")
        page.markup("<header><a href=\"/\">Posthaste</a> <span>captured mail</span></header>\n<main>\n")
        content(&page)
        page.markup("</main>\n</body>\n</html>\n")
        return page.bytes
    }
}
