// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// The commands that README.md shows, run as written.
@Suite(.timeLimit(.minutes(5))) struct ReadmeTests {
    private let gateway: ServingGateway
    private let blocks: [String]

    init() throws {
        let place = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../README.md")
        let text = try String(contentsOf: place.standardizedFileURL, encoding: .utf8)
        blocks = text.split(separator: "```").enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
        gateway = try ServingGateway(TestFolder(starting: ["--trial"]))
        let folder = gateway.folder.path
        try FileManager.default.createDirectory(atPath: "\(folder)/.posthaste", withIntermediateDirectories: true)
        try write("\(gateway.folder.key)\n", to: ".posthaste/dev-key")
        try write(#"{"name": "Ana"}"#, to: "data.json")
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder)/posthaste",
            withDestinationPath: Posthaste.binary.path(percentEncoded: false)
        )
    }

    private func write(_ text: String, to file: String) throws {
        try text.write(toFile: "\(gateway.folder.path)/\(file)", atomically: true, encoding: .utf8)
    }

    private func shell(_ script: String) throws -> String {
        let script = "export PATH=\(gateway.folder.path):/usr/bin:/bin SMTP_PASSWORD=secret; \(script)"
        let program = try OutsideProgram("/bin/bash", ["-uc", script], in: gateway.folder.path)
        #expect(program.code == 0, "\(script)\n\(program.said)")
        return program.said
    }

    private func block(with words: String) throws -> String {
        try #require(blocks.first { $0.contains(words) }, "\(words)")
    }

    @Test func firstMailIsSent() throws {
        let command = try block(with: "curl").replacing("8025", with: "\(gateway.folder.port)")
        let answer = try shell(command)
        #expect(answer.contains(#""id":"msg_"#), "\(answer)")
    }

    @Test func commandsWork() async throws {
        let mail = #"{"to": "ana@example.org", "subject": "Hi", "text": "Hello"}"#
        let id = try #require(try await gateway.post("/v1/messages", mail, wait: 20).id)
        let lines = try block(with: "posthaste send").split(separator: "\n").filter { $0.hasPrefix("posthaste ") }
        #expect(lines.count > 7)
        // These two run until they are interrupted.
        for line in lines where !line.contains("templates preview") && !line.contains("messages tail") {
            _ = try shell(String(line).replacing(" ID", with: " \(id)").replacing("probe relay", with: "probe inbox"))
        }
    }

    @Test func settingsAreGood() throws {
        let settings = try block(with: "kind: smtp")
        #expect(settings.hasPrefix("yaml\n"))
        try write("sealing_key: !file secrets/sealing.key\n" + settings.dropFirst("yaml\n".count), to: "relay.yaml")
        #expect(try shell("posthaste config check --config relay.yaml").contains("relay.yaml is fine"))
    }
}
