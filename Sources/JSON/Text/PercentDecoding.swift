// SPDX-License-Identifier: Apache-2.0

extension ArraySlice<UInt8> {
    /// The bytes with each `%` and two hexadecimal digits decoded (RFC 3986 section 2.1).
    package var percentDecoded: [UInt8] {
        var result: [UInt8] = []
        var rest = self
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2, digits.allSatisfy(\.isHexDigit) {
                result.append(digits.reduce(0) { $0 << 4 | $1.hexValue })
                rest = rest.dropFirst(2)
            } else {
                result.append(byte)
            }
        }
        return result
    }
}
