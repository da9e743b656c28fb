// SPDX-License-Identifier: Apache-2.0

/// Keeps a large body of tiny values from growing into gigabytes when it is read.
enum JSONTokens {
    /// A body up to this size is harmless whatever is in it.
    static let harmless = 1024 * 1024
    /// A batch of 1,000 messages with 1,000 values each.
    static let limit = 1_000_000

    /// False for a text with more values than any honest request has.
    static func isReasonable(_ text: [UInt8]) -> Bool {
        guard text.count > harmless else { return true }
        var count = 0
        var isInString = false
        var isEscaped = false
        for byte in text {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
            } else if byte == UInt8(ascii: "\"") {
                isInString = true
            } else if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") {
                count += 1
                if count > limit { return false }
            }
        }
        return true
    }
}
