// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// The console of a running gateway, also in a real Chromium.
@Suite(.timeLimit(.minutes(20))) struct ConsoleTests {
    private static let browser = "/usr/bin/chromium"
    private static let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Console/check.py")
    /// axe-core, which `make test` installs.
    private static let axe = URL(filePath: #filePath).appending(path: "../../../.build/test-python/axe.min.js")
        .standardized
        .path(percentEncoded: false)

    @Test(
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: browser) && FileManager.default.fileExists(atPath: axe),
            "`make test` installs chromium and axe-core"
        )
    )
    func pagesKeepTheirPromisesInChromium() throws {
        let gateway = try ServingGateway(TestFolder())
        let link = "cd \(gateway.folder.path) && \(Posthaste.binary.path(percentEncoded: false)) console"
        let check = try OutsideProgram(
            "/usr/bin/python3",
            [
                Self.script.path(percentEncoded: false), "http://127.0.0.1:\(gateway.folder.port)", gateway.folder.key,
                link, Self.axe,
            ]
        )
        #expect(check.code == 0, "\(check.said)")
    }

    @Test func linkOfTheCommandOpensTheConsoleOnce() async throws {
        let gateway = try ServingGateway(TestFolder())
        let link = try gateway.folder.run("console").output.trimmingCharacters(in: .newlines)
        let address = "http://127.0.0.1:\(gateway.folder.port)"
        #expect(link.hasPrefix("\(address)/console/login/"))
        let path = String(link.dropFirst(address.count))
        #expect(try await gateway.get(path).status == 200)
        #expect(try await gateway.get(path).status == 403)
        #expect(!gateway.logged.joined().contains(path.split(separator: "/").last ?? ""))
    }

    @Test func consoleThatIsSwitchedOffIsNotThere() async throws {
        let folder = try TestFolder()
        try folder.write(
            folder.settings(providers: "inbox: { kind: capture }", via: "inbox", more: "console: { enabled: false }")
        )
        let gateway = try ServingGateway(folder)
        for path in ["/", "/console", "/console/login", "/console/captured"] {
            #expect(try await gateway.get(path).status == 404)
        }
        #expect(try folder.run("console").code == 1)
    }
}
