// SPDX-License-Identifier: Apache-2.0
import Boundary
import GatewayTesting
import JSON
import Testing

/// Feeds seeded noise to the reader.
///
/// It must return a value or refuse, and a value must survive being written and read again.
@Suite struct JSONReaderFuzzTests {
    static let seed: [UInt8] = Array(
        #"{"to":["a@b.example",{"email":"ü@x","name":"\u00e9\\"}],"n":[-1.5e3,18446744073709551616,0],"t":true,"x":null}"#
            .utf8
    )

    @Test func randomBytesAreAnsweredOrRefused() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<3000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            _ = try? JSONReader.read(bytes)  // Either outcome is fine; a crash is the failure.
        }
    }

    @Test func mutatedTextIsRefusedOrReadsBackTheSame() throws {
        var random = SeededGenerator(seed: 2)
        var accepted = 0
        for _ in 0..<5000 {
            var bytes = Self.seed
            for _ in 0..<Int.random(in: 1...3, using: &random) { mutate(&bytes, &random) }
            guard let value = try? JSONReader.read(bytes) else { continue }  // Refused, as most mutations should be.
            accepted += 1
            #expect(try JSONReader.read(value.encoded()) == value)
        }
        #expect(accepted > 100 && accepted < 4900)
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let position = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: position)
        case 2: bytes.insert(Array(#"[]{}",:0\ 9e"#.utf8).randomElement(using: &random) ?? 0, at: position)
        default: bytes.swapAt(position, Int.random(in: 0..<bytes.count, using: &random))
        }
    }
}
