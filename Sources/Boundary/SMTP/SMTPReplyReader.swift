// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery

/// Assembles a server's lines into replies.
struct SMTPReplyReader {
    /// The text of a reply is cut at this length; a server may send any amount.
    private static let longestText = 2000
    private static let mostLines = 200

    private var texts: [String] = []

    /// The lines of the last completed reply, without code.
    private(set) var lines: [String] = []

    /// Receives one line with its line end; returns the reply when this was its last line.
    ///
    /// The last line is determined by libcurl's rule, so that the two never disagree: a code and a blank, or a code
    /// alone.
    mutating func receive(_ line: some Collection<UInt8>) -> SMTPReply? {
        let bytes = Array(line)
        guard bytes.count >= 4, let code = Self.code(bytes) else { return nil }
        if texts.count < Self.mostLines, bytes.count > 5 || bytes[3] == UInt8(ascii: " ") {
            texts.append(Self.text(bytes.dropFirst(4)))
        }
        guard bytes[3] == UInt8(ascii: " ") || bytes.count == 5 else { return nil }
        lines = texts
        texts = []
        let text = lines.filter { !$0.isEmpty }.joined(separator: " ")
        return SMTPReply(code: code, text: String(text.prefix(Self.longestText)))
    }

    private static func code(_ bytes: [UInt8]) -> Int? {
        var code = 0
        for byte in bytes.prefix(3) {
            guard byte.isASCIIDigit else { return nil }
            code = code * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return code
    }

    private static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.filter { $0 >= 0x20 && $0 != 0x7F }, as: UTF8.self)
    }
}
