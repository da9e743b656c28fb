// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Testing

@Suite struct InflationTests {
    /// The same text as Python's gzip and zlib write it.
    private static let samples = ["H4sIAAAAAAACA8tIzcnJV8hAJwHjUT2NFwAAAA==", "eJzLSM3JyVfIQCcBaAMIsQ=="]
    private static let text = "hello hello hello hello"

    @Test(arguments: samples) func bothFormsAreRead(_ sample: String) throws {
        let bytes = try Inflation.inflate(Base64.decode(sample) ?? [], limit: 100)
        #expect(String(decoding: bytes, as: UTF8.self) == Self.text)
    }

    @Test(arguments: samples) func limitHoldsForTheResult(_ sample: String) throws {
        let bytes = Base64.decode(sample) ?? []
        #expect(try Inflation.inflate(bytes, limit: Self.text.utf8.count).count == Self.text.utf8.count)
        #expect(throws: Inflation.Failure.tooLarge) {
            try Inflation.inflate(bytes, limit: Self.text.utf8.count - 1)
        }
    }

    /// Every cut of a stream, and what follows a whole one.
    @Test(arguments: samples) func incompleteStreamsAreMalformed(_ sample: String) throws {
        let bytes = Base64.decode(sample) ?? []
        for count in 0..<bytes.count {
            #expect(throws: Inflation.Failure.malformed) {
                try Inflation.inflate(Array(bytes.prefix(count)), limit: 100)
            }
        }
        #expect(throws: Inflation.Failure.malformed) { try Inflation.inflate(bytes + [0], limit: 100) }
    }
}
