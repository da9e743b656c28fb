// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// The simulated Google over a real socket, called by an independent client.
@Suite struct GmailServerTests {
    private static let curl = "/usr/bin/curl"

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: curl)))
    func requestsShareAConnection() throws {
        let server = try StandInGoogleServer()
        defer { server.stop() }
        let profile = "\(server.origin)/gmail/v1/users/me/profile"
        let arguments = ["-s", "-m", "180", "-d", "grant_type=x", "\(server.origin)/token", "--next", "-s", profile]
        let text = try OutsideProgram(Self.curl, arguments).said
        #expect(text.contains("unsupported_grant_type") && text.contains("Login Required"))
        #expect(server.google.log.map(\.status) == [400, 401] && server.connectionCount == 1)
    }
}
