// SPDX-License-Identifier: Apache-2.0
import Basics

/// The text of a report for people, as far as a program can read it.
///
/// Servers write a recipient on a line of its own, or as `<address>:`, and then the reason. A mark divides this from the copy of
/// the message.
struct NoticeText: Sendable {
    private struct Recipient: Sendable {
        let address: ReportedAddress
        var words: String
    }

    /// More of the text in front of the copy is not looked at.
    private static let limit = 64 * 1024
    private static let recipientLimit = 100
    private static let wordLimit = 4000

    private var recipients: [Recipient] = []
    private var places: [String: Int] = [:]
    /// The text in front of the copy on one line.
    private(set) var words = ""
    /// What the copy of the message has.
    private(set) var returned = ReturnedIDs()

    /// The recipients on lines of their own.
    var addresses: [ReportedAddress] { recipients.map(\.address) }

    init(_ text: String) {
        let bytes = Array(text.utf8)
        /// The recipient whose reason the current line belongs to.
        var current: Int?
        var position = 0
        while position < bytes.count {
            let end = bytes[position...].firstIndex(of: 0x0A) ?? bytes.count
            let line = bytes[position..<end].trimmed
            position = end + 1
            if Self.isCopyMark(line) {
                if position < bytes.count { returned = ReturnedIDs(header: bytes[position...]) }
                return
            }
            guard position <= Self.limit else { continue }
            if let (address, rest) = Self.recipient(line) {
                current = add(address, rest)
            } else if line.isEmpty {
                // The reason may come after an empty line.
                if let place = current, !recipients[place].words.isEmpty { current = nil }
            } else if let place = current {
                Self.append(line, to: &recipients[place].words)
            }
            Self.append(line, to: &words)
        }
    }

    /// The reason that the text gives for the recipient that a report writes in one of these ways; nil without one.
    func words(about addresses: [ReportedAddress?]) -> String? {
        for case let address? in addresses {
            if let place = places[address.written.lowercased()], !recipients[place].words.isEmpty {
                return recipients[place].words
            }
        }
        return nil
    }

    private mutating func add(_ address: ReportedAddress, _ rest: ArraySlice<UInt8>) -> Int? {
        let key = address.written.lowercased()
        if places[key] == nil {
            guard recipients.count < Self.recipientLimit else { return nil }
            places[key] = recipients.count
            recipients.append(Recipient(address: address, words: ""))
        }
        guard let place = places[key] else { return nil }
        Self.append(rest, to: &recipients[place].words)
        return place
    }

    private static func append(_ line: ArraySlice<UInt8>, to words: inout String) {
        guard !line.isEmpty, words.utf8.count < wordLimit else { return }
        if !words.isEmpty { words += " " }
        words += String(decoding: line.prefix(wordLimit), as: UTF8.self)
    }
}

/// Lines.
extension NoticeText {
    /// The recipient that the line begins with, and the words after it; nil for another line.
    private static func recipient(_ line: ArraySlice<UInt8>) -> (ReportedAddress, ArraySlice<UInt8>)? {
        guard line.count <= 2000, line.contains(UInt8(ascii: "@")) else { return nil }
        let colon = UInt8(ascii: ":")
        if line.first == UInt8(ascii: "<"), let close = line.firstIndex(of: UInt8(ascii: ">")) {
            let rest = line[(close + 1)...]
            guard rest.isEmpty || rest.first == colon else { return nil }
            return address(line[(line.startIndex + 1)..<close]).map { ($0, rest.dropFirst().trimmed) }
        }
        // `a@b`, `"a@b"`, `a@b<mailto:a@b>`, `a@b:`, and `a@b: words`.
        let end = line.firstIndex { $0.isFoldingBlank } ?? line.endIndex
        var word = line[..<end]
        guard end == line.endIndex || word.last == colon else { return nil }
        if word.last == colon { word = word.dropLast() }
        if let link = word.firstIndex(of: UInt8(ascii: "<")) { word = word[..<link] }
        return address(word).map { ($0, line[end...].trimmed) }
    }

    private static func address(_ text: ArraySlice<UInt8>) -> ReportedAddress? {
        let foreign = " \t<>(),;:".utf8
        guard !text.contains(where: foreign.contains) else { return nil }
        return ReportedAddress(String(decoding: text, as: UTF8.self))
    }

    /// True for a line after which the copy of the message, or of its header, begins.
    private static func isCopyMark(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.count <= 120 else { return false }
        let words = line.drop { !$0.isASCIIAlphanumeric && $0 < 0x80 }.map(\.asciiLowercased)
        let end = words.lastIndex { $0.isASCIIAlphanumeric }.map { $0 + 1 } ?? 0
        let text = String(decoding: words[..<end], as: UTF8.self)
        return wholeMarks.contains(text) || marks.contains { text.hasPrefix($0) }
    }

    /// Lines that have these words and nothing more: the words occur in sentences too.
    private static let wholeMarks: Set<String> = [
        "original message", "original message headers", "original message header", "original message follows",
        "message header follows", "message headers follow", "returned message", "undelivered message",
    ]
    /// What the line begins with.
    private static let marks = [
        "below this line is a copy", "below is a copy of", "this is a copy of", "unsent message below",
        "undelivered message follows", "the header of the original message", "the headers of the original message",
        "a copy of the original message",
    ]
}
