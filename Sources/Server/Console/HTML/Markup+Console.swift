// SPDX-License-Identifier: Apache-2.0
internal import Basics

extension Markup {
    init() { self = "" }

    var bytes: [UInt8] { Array(html.utf8) }
    var isEmpty: Bool { html.isEmpty }

    static func += (left: inout Markup, right: Markup) { left = "\(left)\(right)" }

    /// The pieces one behind the other.
    static func list(_ pieces: some Sequence<Markup>) -> Markup { "\(Array(pieces))" }
}

extension Markup.StringInterpolation {
    mutating func appendInterpolation(_ text: Substring) { appendInterpolation(String(text)) }
    /// A text as a segment of a path or a value of a query.
    mutating func appendInterpolation(path text: String) { appendInterpolation(PercentEncoding.encode(text)) }
}

extension Optional {
    /// The markup made of a value; nothing for nil.
    func markup(_ make: (Wrapped) -> Markup) -> Markup { map(make) ?? Markup() }
}

extension Bool {
    /// The markup where the value is true; else nothing.
    func markup(_ make: @autoclosure () -> Markup) -> Markup { self ? make() : Markup() }
}
