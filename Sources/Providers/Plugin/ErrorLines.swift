// SPDX-License-Identifier: Apache-2.0

/// Cuts what a program writes to standard error into lines for the log, and bounds their number.
struct ErrorLines: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// Far above what is logged of a line: secrets are masked before the rest is cut off.
    static let longestLine = 16_384
    /// The most lines in one second.
    static let mostLines = 100

    private var rest: [UInt8] = []
    /// The line goes on, but its beginning was logged.
    private var isCut = false
    private var second: Instant?
    private var count = 0
    private var leftOut = 0

    /// Takes bytes and returns the lines that they complete.
    mutating func add(_ bytes: [UInt8], now: Instant) -> [String] {
        var lines = newSecond(now)
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            append(bytes[start..<end], &lines)
            endLine(&lines)
            start = end + 1
        }
        append(bytes[start...], &lines)
        return lines
    }

    /// The last line, which the end of the program ends.
    mutating func end() -> [String] {
        var lines: [String] = []
        endLine(&lines)
        if leftOut > 0 { lines.append(Self.omission(leftOut)) }
        leftOut = 0
        return lines
    }

    private mutating func newSecond(_ now: Instant) -> [String] {
        if let second, now - second < .seconds(1) { return [] }
        defer { (second, count, leftOut) = (now, 0, 0) }
        return leftOut > 0 ? [Self.omission(leftOut)] : []
    }

    private static func omission(_ count: Int) -> String { "\(count) more lines of the plugin are left out" }

    private mutating func append(_ bytes: ArraySlice<UInt8>, _ lines: inout [String]) {
        guard !isCut else { return }
        rest.append(contentsOf: bytes.prefix(Self.longestLine + 1 - rest.count))
        guard rest.count > Self.longestLine else { return }
        rest.removeLast()
        endLine(&lines)
        isCut = true
    }

    private mutating func endLine(_ lines: inout [String]) {
        defer { (rest, isCut) = ([], false) }
        if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
        guard !rest.isEmpty else { return }
        guard count < Self.mostLines else { return leftOut += 1 }
        count += 1
        lines.append(String(decoding: rest, as: UTF8.self))
    }
}

/// The values of a plugin's settings, which appear in no log and no error.
struct SecretWords: Sendable {
    static let mask = "••••••"
    /// Shorter texts are no secrets, and would blacken half of a line.
    private static let shortest = 4

    /// The most characters of a text in the log or in an error.
    private static let longestText = 2000

    /// The longest first, for one may contain another.
    private let words: [String]

    init(_ texts: [String]) {
        let lines = texts.flatMap { text in [text] + text.split { $0.isNewline }.map(String.init) }
        let plain: Set = ["true", "false", "null"]
        words = Set(lines.filter { $0.utf8.count >= Self.shortest && !plain.contains($0.lowercased()) })
            .sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }

    /// The text without the secrets, at most ``longestText`` characters of it.
    func masked(_ text: String) -> String {
        String(unmarked(text).prefix(Self.longestText))
    }

    private func unmarked(_ text: String) -> String {
        words.reduce(text) { text, word in text.contains(word) ? text.replacing(word, with: Self.mask) : text }
    }
}
