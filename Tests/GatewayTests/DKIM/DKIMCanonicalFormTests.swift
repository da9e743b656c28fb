// SPDX-License-Identifier: Apache-2.0
import GatewayTesting
import Testing

@testable import Mail

@Suite struct DKIMCanonicalFormTests {
    static func body(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        DKIMCanonicalForm.body(bytes, from: 0) { output += $0 }
        return output
    }

    private static func field(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        DKIMCanonicalForm.appendField(bytes.span, bytes.indices, to: &output)
        return output
    }

    @Test(arguments: [
        ("", ""), ("\r\n", ""), (" \t\r\n \r\n", ""), (" ", ""), ("a", "a\r\n"), ("a\r\n", "a\r\n"),
        // The example of RFC 6376 section 3.4.5.
        (" C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n"),
        ("\r\n\r\na\r\n\r\nb\r\n \r\n", "\r\n\r\na\r\n\r\nb\r\n"), ("\t\ta\t\tb \t", " a b\r\n"),
        ("a\rb\nc\r\r\n", "a\rb\nc\r\r\n"), ("a \rb \n\r\n", "a \rb \n\r\n"), ("a\r", "a\r\r\n"),
    ])
    func bodiesAreRelaxed(_ text: String, _ expected: String) {
        #expect(String(decoding: Self.body(Array(text.utf8)), as: UTF8.self) == expected)
    }

    @Test(arguments: [
        ("A: X", "a:X"), ("B : Y\t\r\n\tZ  ", "b:Y Z"), ("SUBJect:abc", "subject:abc"), ("X-A:", "x-a:"),
        ("X-A: \r\n \r\n\t", "x-a:"), ("A:a:b : c", "a:a:b : c"), ("A:\r\n b\r\n  c", "a:b c"), ("A: Ü É", "a:Ü É"),
        ("nothing", "nothing:"),
    ])
    func fieldsAreRelaxed(_ text: String, _ expected: String) {
        #expect(String(decoding: Self.field(Array(text.utf8)), as: UTF8.self) == expected)
    }

    /// The same rules step by step, as RFC 6376 section 3.4.4 writes them.
    private static func reference(_ bytes: [UInt8]) -> [UInt8] {
        var lines: [[UInt8]] = [[]]
        var position = 0
        while position < bytes.count {
            if bytes[position...].starts(with: [0x0D, 0x0A]) {
                lines.append([])
                position += 1
            } else {
                lines[lines.count - 1].append(bytes[position])
            }
            position += 1
        }
        lines = lines.map { line in
            var words: [UInt8] = []
            for byte in line.map({ $0 == 0x09 ? 0x20 : $0 }) where byte != 0x20 || words.last != 0x20 {
                words.append(byte)
            }
            return words.last == 0x20 ? words.dropLast() : words
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines.flatMap { $0 + [0x0D, 0x0A] }
    }

    @Test func hostileBodiesFollowTheRules() {
        var chance = SeededGenerator(seed: 6376)
        let alphabet: [UInt8] = [0x20, 0x20, 0x09, 0x0D, 0x0A, 0x0D, 0x0A, 0x61, 0x3A, 0x00, 0xFF]
        for _ in 0..<4000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...24, using: &chance) {
                let byte = alphabet[Int.random(in: 0..<alphabet.count, using: &chance)]
                bytes.append(byte)
                if byte == 0x0D, Bool.random(using: &chance) { bytes.append(0x0A) }
            }
            let form = Self.body(bytes)
            #expect(form == Self.reference(bytes), "\(bytes)")
            #expect(Self.body(form) == form, "\(bytes)")
            // A message with these octets is covered without a fault, whatever its lines are.
            let field = Self.field(Array("x:".utf8) + bytes)
            #expect(!field.contains([0x0D, 0x0A]) || bytes.contains([0x0D, 0x0D, 0x0A]), "\(bytes)")
            #expect(field.last != 0x20 && !field.contains([0x20, 0x20]), "\(bytes)")
            _ = DKIMContent(bytes).hash(of: ["a", "", "from"])
        }
    }

    @Test func longBodiesPassInBlocks() {
        let line = Array("a  \t b\r\n".utf8)
        let body =
            [UInt8](repeating: 0x61, count: 200_000) + Array(repeating: line, count: 20_000).joined()
            + Array(repeating: [0x0D, 0x0A], count: 100_000).joined()
        let expected =
            [UInt8](repeating: 0x61, count: 200_000) + Array(repeating: Array("a b\r\n".utf8), count: 20_000).joined()
        #expect(Self.body(body) == expected)
        #expect(Self.body(body + [0x62]).count == expected.count + 200_000 + 3)
    }
}
