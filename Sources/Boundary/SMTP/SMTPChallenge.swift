// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery

/// Reads the text of a 334 with which a server refuses a token.
///
/// With XOAUTH2 the refusal is a challenge whose text is JSON in base64, such as
/// `{"status":"401","schemes":"Bearer","scope":"https://mail.google.com/"}`.
enum SMTPChallenge {
    /// The reply with its text decoded, if it is such a challenge; else the unchanged reply.
    static func refusal(in reply: SMTPReply?) -> SMTPReply? {
        guard let reply, reply.code == 334, let bytes = decoded(reply.text) else { return reply }
        let text = String(decoding: bytes.filter { $0 >= 0x20 && $0 != 0x7F }, as: UTF8.self)
        return text.hasPrefix("{") ? SMTPReply(code: 334, text: text) : reply
    }

    /// Decodes base64 (RFC 4648 section 4), with or without padding; nil for anything else.
    private static func decoded(_ text: String) -> [UInt8]? {
        let digits = text.filter { $0 != "=" }
        return Base64.decode(digits + String(repeating: "=", count: (4 - digits.utf8.count % 4) % 4))
    }
}
