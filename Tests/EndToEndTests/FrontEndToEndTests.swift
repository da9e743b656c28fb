// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// The clients of other mail services, from the Python package index, against a running gateway.
@Suite(.timeLimit(.minutes(5))) struct FrontEndToEndTests {
    private static let python = TestPython.path(importing: "resend, sendgrid, postmarker, mailgun, anymail")
    private static let script = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "Fronts/clients.py"
    )

    @Test(.enabled(if: python != nil, "\(TestPython.absence(of: "resend or another client"))"))
    func clientsSendWithOnlyTheirAddressChanged() throws {
        let gateway = try ServingGateway(TestFolder())
        let called = try OutsideProgram(
            try #require(Self.python),
            [Self.script.path(percentEncoded: false), "http://127.0.0.1:\(gateway.folder.port)", gateway.folder.key],
            in: gateway.folder.path
        )
        #expect(called.code == 0, "\(called.said)\n\(gateway.logged.joined(separator: "\n"))")
        let names = called.said.split(separator: "\n").map(String.init)
        #expect(names == ["resend", "sendgrid", "postmark", "mailgun", "anymail"])
    }
}
