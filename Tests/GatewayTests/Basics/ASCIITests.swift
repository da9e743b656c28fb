// SPDX-License-Identifier: Apache-2.0
import Basics
import Testing

struct ASCIITests {
    private static let all = UInt8.min...UInt8.max
    private static let digits = "0123456789"
    private static let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

    @Test func setsHoldTheirBytesAndNoOther() {
        #expect(Self.all.filter(\.isASCIIDigit) == Self.digits.utf8.sorted())
        #expect(Self.all.filter(\.isASCIILetter) == Self.letters.utf8.sorted())
        #expect(Self.all.filter(\.isASCIIAlphanumeric) == (Self.letters + Self.digits).utf8.sorted())
        #expect(Self.all.filter(\.isTokenByte) == (Self.letters + Self.digits + "!#$%&'*+-.^_`|~").utf8.sorted())
    }

    @Test func hexadecimalDigitsHaveTheirValues() {
        for (value, pair) in zip("0123456789ABCDEF".utf8, "0123456789abcdef".utf8).enumerated() {
            #expect(pair.0.hexValue == UInt8(value) && pair.1.hexValue == UInt8(value))
            #expect(UInt8(value).hexDigit == pair.0)
        }
        #expect(Self.all.filter { $0.hexValue != nil } == "0123456789ABCDEFabcdef".utf8.sorted())
    }
}
