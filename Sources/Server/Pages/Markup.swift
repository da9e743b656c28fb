// SPDX-License-Identifier: Apache-2.0

/// Builds HTML.
///
/// Literals are trusted; interpolated values are untrusted, and are escaped for text and quoted attributes.
package struct Markup: Sendable, Hashable, ExpressibleByStringInterpolation {
    package private(set) var html: String

    package init(stringLiteral value: String) { html = value }
    package init(stringInterpolation: StringInterpolation) { html = stringInterpolation.html }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var html = ""

        package init(literalCapacity: Int, interpolationCount: Int) {
            html.reserveCapacity(literalCapacity + 32 * interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) { html += literal }
        package mutating func appendInterpolation(_ text: String) { html += Markup.escaped(text) }
        package mutating func appendInterpolation(_ number: Int) { html += String(number) }
        package mutating func appendInterpolation(_ markup: Markup?) { html += markup?.html ?? "" }
        package mutating func appendInterpolation(_ pieces: [Markup]) { html += pieces.map(\.html).joined() }
        /// The style sheets and scripts of the pages contain no `</`, and nothing in them is escaped.
        package mutating func appendInterpolation(_ style: PageStyle) { html += style.css }
        package mutating func appendInterpolation(_ script: PageScript) { html += script.text }
    }

    /// Escapes for text or a quoted attribute; control characters, which HTML forbids, become U+FFFD.
    private static func escaped(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "`": result += "&#96;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case "\0"..."\u{1F}", "\u{7F}"..."\u{9F}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
