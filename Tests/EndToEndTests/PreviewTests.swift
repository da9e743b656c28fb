// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// Checks the page of `templates preview` in a real Chromium, with Preview/check.py.
@Suite(.timeLimit(.minutes(20))) struct PreviewTests {
    private static let browser = "/usr/bin/chromium"
    private static let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Preview/check.py")

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: browser), "`make test` installs chromium"))
    func pageKeepsItsPromisesInChromium() throws {
        let folder = try TestFolder()
        try FileManager.default.removeItem(atPath: "\(folder.path)/templates")
        try TemplatesFolder.copyShipped(to: folder.path)
        // Each edit checks all mails of the folder, which is slow in a debug binary; the script does not open these.
        for name in ["email-verification", "invitation", "password-changed"] {
            try FileManager.default.removeItem(atPath: "\(folder.path)/templates/\(name)")
        }
        let gateway = try ServingGateway(folder)
        let check = try OutsideProgram(
            "/usr/bin/python3",
            [
                Self.script.path(percentEncoded: false), Posthaste.binary.path(percentEncoded: false), folder.path,
                "http://127.0.0.1:\(gateway.folder.port)/",
            ]
        )
        #expect(check.code == 0, "\(check.said)")
    }

    @Test func previewWithoutTemplatesIsRefused() throws {
        let folder = try TemplatesFolder()
        let result = try folder.run("preview", "--templates", "none")
        #expect(result.code == 1)
        #expect(result.errors.hasPrefix("none: the templates folder cannot be read"))
    }

    @Test func portThatIsTakenIsNamed() throws {
        let folder = try TemplatesFolder()
        try folder.write("subject: Hi\n", to: "templates/a/template.yaml")
        let taken = try ServingGateway(TestFolder())
        let result = try folder.run("preview", "--port", "\(taken.folder.port)")
        #expect(result.code == 1)
        #expect(result.errors.hasPrefix("127.0.0.1:\(taken.folder.port) is in use by another program"))
    }

    @Test(arguments: ["-1", "65536", "x"])
    func impossiblePortsAreWrongUsage(_ port: String) throws {
        let folder = try TemplatesFolder()
        #expect(try folder.run("preview", "--port=\(port)").code == 64)
    }
}
