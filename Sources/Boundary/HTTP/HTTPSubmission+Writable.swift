// SPDX-License-Identifier: Apache-2.0

extension HTTPSubmission {
    /// True when nothing in the request can break out of its place: method and header names are tokens (RFC 9110 section
    /// 5.6.2), values hold no CR, LF or NUL (section 5.5), and the address is visible ASCII of a scheme that is spoken.
    var isWritable: Bool {
        Self.isToken(method) && ["http://", "https://"].contains { url.lowercased().hasPrefix($0) }
            && url.utf8.allSatisfy { 0x21...0x7E ~= $0 }
            && headers.allSatisfy { header in
                Self.isToken(header.name) && !header.value.utf8.contains { $0 == 0 || $0 == 10 || $0 == 13 }
            }
    }

    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
