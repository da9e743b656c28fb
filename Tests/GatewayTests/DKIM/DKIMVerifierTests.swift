// SPDX-License-Identifier: Apache-2.0
import Basics
import GatewayTesting
import Testing

@testable import Mail

/// What an independent verifier says of signed messages.
@Suite struct DKIMVerifierTests {
    private static let verifier = DKIMVerifier()

    @Test(
        .enabled(
            if: verifier != nil,
            "dkimpy is not in .build/test-python; `make test` puts it there, or name a Python in POSTHASTE_TEST_PYTHON"
        )
    )
    func signaturesOfAllMessagesAreValid() throws {
        let verifier = try #require(Self.verifier)
        let signers = try DKIMKey.Algorithm.allCases.map {
            DKIMSigner(checkedDomain: "example.org", checkedSelector: $0.rawValue, key: try DKIMKey(new: $0))
        }
        let records = Dictionary(uniqueKeysWithValues: signers.map { ($0.recordName, $0.key.record) })
        var noise = HostileText(seed: 6376)
        var messages = try VariedMessages.all()
        for number in 0..<60 { messages.append(("hostile \(number)", try noise.message())) }
        var contents: [(label: String, content: [UInt8])] = []
        for (label, message) in messages {
            var message = message
            message.signing = DKIMSigning(signers, at: message.date)
            contents.append((label, MIMEWriter.message(message)))
        }
        let problems = try verifier.problems(in: contents, signatures: 2, records: records)
        #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
        // It can tell: a changed body, a second From, and a field that was not there.
        let content = contents[0].content
        let forged = [
            ("body", content.dropLast(2) + [0x21, 0x0D, 0x0A]),
            ("from", Array("From: Eve <eve@evil.example>\r\n".utf8) + content),
            ("cc", Array("Cc: eve@evil.example\r\n".utf8) + content),
        ]
        #expect(try verifier.problems(in: forged, signatures: 2, records: records).count == 6)
    }
}
