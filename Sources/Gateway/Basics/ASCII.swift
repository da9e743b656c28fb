// SPDX-License-Identifier: Apache-2.0

/// The character classes of ASCII (RFC 20), one byte each; a byte above 127 belongs to none.
extension UInt8 {
    @inlinable package var isASCIIDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }

    @inlinable package var isASCIILetter: Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= self || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self
    }

    @inlinable package var isASCIIAlphanumeric: Bool { isASCIILetter || isASCIIDigit }

    /// `tchar`, the characters of HTTP methods and field names (RFC 9110 section 5.6.2).
    @inlinable package var isTokenByte: Bool { isASCIIAlphanumeric || "!#$%&'*+-.^_`|~".utf8.contains(self) }

    /// The value of a hexadecimal digit of either case; nil for any other byte.
    @inlinable package var hexValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The upper-case hexadecimal digit of a value below 16.
    @inlinable package var hexDigit: UInt8 { self < 10 ? self + 0x30 : self + 0x37 }

    /// The lower-case hexadecimal digit of a value below 16.
    @inlinable package var lowerHexDigit: UInt8 { self < 10 ? self + 0x30 : self + 0x57 }
}
