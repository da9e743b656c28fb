// SPDX-License-Identifier: Apache-2.0
internal import Gateway

/// Reads what a server says in a 334 when it refuses a token.
///
/// With XOAUTH2 the refusal is a challenge whose text is JSON in base64, such as
/// `{"status":"401","schemes":"Bearer","scope":"https://mail.google.com/"}`.
enum SMTPChallenge {
    /// The reply with its text in the clear, if it is such a challenge; else the reply as it is.
    static func refusal(in reply: SMTPReply?) -> SMTPReply? {
        guard let reply, reply.code == 334, let bytes = decoded(reply.text.utf8) else { return reply }
        let text = String(decoding: bytes.filter { $0 >= 0x20 && $0 != 0x7F }, as: UTF8.self)
        return text.hasPrefix("{") ? SMTPReply(code: 334, text: text) : reply
    }

    /// Base64 (RFC 4648 section 4); nil for anything else.
    private static func decoded(_ text: some Collection<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for character in text where character != UInt8(ascii: "=") {
            guard let value = value(of: character) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
