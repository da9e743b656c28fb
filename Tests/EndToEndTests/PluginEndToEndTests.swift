// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

@Suite(.timeLimit(.minutes(10))) struct PluginEndToEndTests {
    private static let python = "/usr/bin/python3"
    private static let hasPython = FileManager.default.isExecutableFile(atPath: python)
    private static let mail = """
        {"to": "ana@example.org", "subject": "s", "text": "t", "attachments": [{"filename": "a.txt", "content": "YQ=="}]}
        """

    /// The example in Python; each start adds a line to the file `starts`.
    private static func provider(_ folder: TestFolder, more: String = "") -> String {
        let example = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../examples/plugins/maildir.py").standardizedFileURL.path
        let script = "echo $$ >> \(folder.path)/starts; exec \(python) \(example)"
        return
            "mine: { kind: plugin, run: [/bin/sh, -c, \"\(script)\"], settings: { folder: \(folder.path)/out\(more) } }"
    }

    /// The process ids of the plugins that were started.
    private static func starts(_ folder: TestFolder) -> [Int32] {
        let text = (try? String(contentsOfFile: "\(folder.path)/starts", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { Int32($0) }
    }

    private static func isRunning(_ id: Int32) -> Bool { kill(id, 0) == 0 }

    /// Until its hello a plugin has no capabilities, so a message with an attachment is refused.
    private static func hasSaidHello(_ gateway: ServingGateway) async -> Bool {
        await comesTrue { (try? await gateway.get("/v1/providers").body.contains("\"idempotent\"")) == true }
    }

    private static func folder() throws -> TestFolder {
        let folder = try TestFolder()
        try FileManager.default.createDirectory(atPath: "\(folder.path)/out", withIntermediateDirectories: true)
        try folder.write(folder.settings(providers: provider(folder), via: "mine"))
        return folder
    }

    @Test(.enabled(if: hasPython, "the example needs Python")) func lawsAreTriedFromTheCommandLine() throws {
        let folder = try Self.folder()
        #expect(try folder.run("config", "check").code == 0)
        #expect(try folder.run("providers", "list").code == 0)
        let shown = try folder.run("config", "show").output
        #expect(shown.contains("folder: ") && !shown.contains("\(folder.path)/out"))
        #expect(Self.starts(folder) == [])
        let asked = try folder.run("providers", "test", "mine", "--to", "ana@example.org")
        #expect(asked.code == 1)
        #expect(asked.errors.contains("say --yes"))
        #expect(Self.starts(folder) == [])
        let kept = try folder.run("providers", "test", "mine", "--to", "ana@example.org", "--yes")
        let lines = kept.output.split(separator: "\n")
        #expect(kept.code == 0, "\(kept.output)\(kept.errors)")
        #expect(lines.count == 12 && lines.allSatisfy { $0.hasPrefix("kept: ") }, "\(kept.output)")
        #expect(Self.starts(folder).allSatisfy { !Self.isRunning($0) })
        try folder.write(
            folder.settings(providers: Self.provider(folder, more: ", refuse: [ana@example.org]"), via: "mine")
        )
        let broken = try folder.run("providers", "test", "mine", "--to", "ana@example.org", "--yes")
        #expect(broken.code == 1)
        #expect(broken.output.contains("broken: accepted mail gives a receipt: rejected (refused); every recipient"))
    }

    @Test(.enabled(if: hasPython, "the example needs Python")) func gatewayKeepsThePluginOfItsSettingsRunning()
        async throws
    {
        let folder = try Self.folder()
        let gateway = try ServingGateway(folder)
        #expect(await Self.hasSaidHello(gateway))
        let sent = try await gateway.client.outcome(of: Self.mail)
        #expect(sent.state == "sent", "\(sent.body)")
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/out/new")
        #expect(names == ["\(sent.id ?? "").eml"])
        // Other settings changed, also of the provider: its program goes on.
        let slow = Self.provider(folder).replacing("kind: plugin", with: "kind: plugin, timeout: 50s")
        try folder.write(folder.settings(providers: slow, via: "mine", more: "retention: { content: 1d }"))
        gateway.signal(SIGHUP)
        #expect(gateway.logLine(containing: "settings were read again") != nil)
        #expect(try await gateway.client.outcome(of: Self.mail).state == "sent")
        #expect(Self.starts(folder).count == 1)
        // Its own settings changed: another program takes its place.
        try folder.write(folder.settings(providers: Self.provider(folder, more: ", dry_run: true"), via: "mine"))
        gateway.signal(SIGHUP)
        #expect(gateway.logLine(containing: "settings were read again") != nil)
        #expect(await comesTrue { Self.starts(folder).count == 2 && !Self.isRunning(Self.starts(folder)[0]) })
        #expect(await Self.hasSaidHello(gateway))
        #expect(try await gateway.client.outcome(of: Self.mail).state == "sent")
        gateway.signal(SIGTERM)
        #expect(gateway.exitCode() == 0)
        #expect(!Self.isRunning(Self.starts(folder)[1]))
    }
}
