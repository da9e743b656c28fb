// SPDX-License-Identifier: Apache-2.0
import JSON

import Testing

@testable import Basics
@testable import Submission

@Suite struct SecretSealingTests {
    static let (first, second) = (key(1), key(2))

    static func key(_ byte: UInt8) -> Secret { Secret(Base64.encode([UInt8](repeating: byte, count: 32))) }

    private func sealing(_ keys: Secret...) throws -> SecretSealing { try #require(SecretSealing(keys: keys)) }

    @Test func whatIsSealedOpensUnderItsNameAlone() throws {
        let sealing = try sealing(Self.first)
        let sealed = try sealing.seal(Array("hello".utf8), boundTo: "msg_1")
        #expect(try sealing.open(sealed, boundTo: "msg_1") == Array("hello".utf8))
        #expect(throws: SealingError.broken) { try sealing.open(sealed, boundTo: "msg_2") }
    }

    @Test func formNamesTheKey() throws {
        let sealing = try sealing(Self.first)
        let text = try #require(try sealing.seal([1], boundTo: "x")["sealed"]?.string)
        #expect(text.hasPrefix(ContentHash(of: [UInt8](repeating: 1, count: 32)).description.prefix(8) + ":"))
    }

    @Test func rotatedKeyStillOpens() throws {
        let sealed = try sealing(Self.first).seal([7], boundTo: "x")
        #expect(try sealing(Self.second, Self.first).open(sealed, boundTo: "x") == [7])
        let id = try sealing(Self.first).keyID
        #expect(throws: SealingError.unknownKey(id)) { try sealing(Self.second).open(sealed, boundTo: "x") }
    }

    @Test func everyChangedByteIsNoticed() throws {
        let sealing = try sealing(Self.first)
        let text = try #require(try sealing.seal([1, 2, 3], boundTo: "x")["sealed"]?.string)
        let bytes = try #require(Base64.decode(String(text.dropFirst(9))))
        for position in bytes.indices {
            var changed = bytes
            changed[position] ^= 1
            let forged: JSON = ["sealed": .string("\(sealing.keyID):\(Base64.encode(changed))")]
            #expect(throws: SealingError.broken) { try sealing.open(forged, boundTo: "x") }
        }
    }

    @Test(arguments: [JSON.null, "x", ["sealed": 1], ["sealed": "x"], ["sealed": "12345678:!"], ["other": "x"]])
    func whatWasNeverSealedIsBroken(value: JSON) throws {
        #expect(throws: SealingError.broken) { try sealing(Self.first).open(value, boundTo: "x") }
    }

    @Test(arguments: [[], [Secret("")], [Secret("AAAA")], [first, Secret("x")]])
    func keysAreThirtyTwoBytes(keys: [Secret]) {
        #expect(SecretSealing(keys: keys) == nil)
    }

    @Test func valuesOfEveryTypeComeBack() throws {
        let value: JSON = [
            "a": "text \u{1F600}\n", "b": 12, "c": -1.5, "d": true, "e": false, "f": nil, "g": ["x", [], [:]],
            "h": ["i": ["j": -7]],
        ]
        let values = try #require(value.object)
        let sealing = try sealing(Self.first)
        let sealed = try sealing.seal(values: values, of: "msg_1")
        #expect(String(decoding: sealed, as: UTF8.self).hasPrefix(#"{"sealed":"\#(sealing.keyID):"#))
        #expect(try sealing.values(sealed, of: "msg_1") == values)
        #expect(throws: SealingError.broken) { try sealing.values(sealed, of: "msg_2") }
    }
}
