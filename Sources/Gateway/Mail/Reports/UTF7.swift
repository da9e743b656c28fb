// SPDX-License-Identifier: Apache-2.0
import Basics

/// Decodes UTF-7 (RFC 2152), in which Exchange once wrote its reports.
enum UTF7 {
    /// The names under which it is met, in lower case.
    static let names: Set<String> = ["unicode-1-1-utf-7", "utf-7", "x-unicode-2-0-utf-7"]

    /// The text; base64 that is none stays as it is.
    static func decode(_ octets: [UInt8]) -> String {
        var text = ""
        var position = 0
        while position < octets.count {
            guard octets[position] == UInt8(ascii: "+") else {
                let end = octets[position...].firstIndex(of: UInt8(ascii: "+")) ?? octets.count
                text += Charset.guess(octets[position..<end])
                position = end
                continue
            }
            let digits = octets[(position + 1)...].prefix { $0.isASCIIAlphanumeric || $0 == 0x2B || $0 == 0x2F }
            position = digits.endIndex
            if position < octets.count, octets[position] == UInt8(ascii: "-") {
                text += digits.isEmpty ? "+" : ""
                position += 1
            } else if digits.isEmpty {
                text += "+"
            }
            let units = TransferDecoding.base64(digits)
            let pairs = stride(from: 0, to: units.count - units.count % 2, by: 2)
            text += String(decoding: pairs.map { UInt16(units[$0]) << 8 | UInt16(units[$0 + 1]) }, as: UTF16.self)
        }
        return text
    }
}
