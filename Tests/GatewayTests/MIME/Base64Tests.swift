// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Basics

@Suite struct Base64Tests {
    /// RFC 4648 section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func followsTheRFC(_ text: String, _ code: String) {
        #expect(Base64.encode(Array(text.utf8)) == code)
        #expect(Base64.decode(code) == Array(text.utf8))
    }

    @Test(arguments: [
        "Zg", "Zg=", "Z===", "=", "====", "Zg==Zg==", "Zm9v=", "Zm9vY", "Zm 9", "Zm9v YmFy", "Zm-_", "Zh==", "Zm9=",
        "Zm9vü",
        "Zg=\n=x", "Z=g=",
    ])
    func decodesNothingElse(_ code: String) {
        #expect(Base64.decode(code) == nil)
    }

    @Test func lineBreaksArePassedOver() {
        #expect(Base64.decode("Zm9v\r\nYm\nFy\r\n") == Array("foobar".utf8))
    }

    @Test func everyByteComesBack() {
        for length in 0..<300 {
            let content = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) }
            #expect(Base64.decode(Base64.encode(content)) == content)
            var lines: [UInt8] = []
            Base64.appendLines(content, to: &lines)
            #expect(lines.count == Base64.encodedLineSize(of: length))
            #expect(Base64.decode(String(decoding: lines, as: UTF8.self)) == content)
        }
    }
}
