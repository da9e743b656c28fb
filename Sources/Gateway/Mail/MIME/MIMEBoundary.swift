// SPDX-License-Identifier: Apache-2.0

/// The boundaries of one message's multiparts (RFC 2046 section 5.1.1).
///
/// They follow from the message's own id, so that building it again gives the same bytes. No body can hold one: each starts with
/// `=_`, which neither quoted-printable nor base64 can, and text with a line that starts with `--` is never sent as it stands.
struct MIMEBoundary {
    /// One for each multipart of the message.
    enum Level: String {
        case mixed = "m"
        case alternative = "a"
        case related = "r"
    }

    private let seed: String

    init(messageID: String) {
        // FNV-1a, twice from different starts: spread is all that is asked of it.
        var (left, right): (UInt64, UInt64) = (0xCBF2_9CE4_8422_2325, 0x6C62_272E_07BB_0142)
        for byte in messageID.utf8 {
            left = (left ^ UInt64(byte)) &* 0x100_0000_01B3
            right = (right ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        seed = String(left, radix: 36) + String(right, radix: 36)
    }

    func text(_ level: Level) -> String { "=_\(level.rawValue)_\(seed)" }
}
