// SPDX-License-Identifier: Apache-2.0

/// Header text as one line of ASCII, for services that write the header themselves.
extension HeaderField {
    /// The value with encoded words (RFC 2047) where it is not ASCII; without folds.
    package var encodedValue: String {
        guard !Self.isStructured(name) else { return value }
        var buffer = MessageBuffer(capacity: value.utf8.count)
        buffer.beginField(name)
        let start = buffer.bytes.count
        buffer.appendText(value)
        return buffer.unfolded(from: start)
    }
}

extension Mailbox {
    /// The whole display name as encoded words (RFC 2047 section 5, rule 3); nil without a name.
    package var encodedName: String? {
        guard let name else { return nil }
        var buffer = MessageBuffer(capacity: name.utf8.count * 3)
        buffer.appendEncoded(Array(name.utf8)[...], after: [])
        return buffer.unfolded(from: 0)
    }
}

extension MessageBuffer {
    /// The octets from `start` on without the line breaks of folds.
    fileprivate func unfolded(from start: Int) -> String {
        String(decoding: bytes[start...].filter { $0 != 0x0D && $0 != 0x0A }, as: UTF8.self)
    }
}
