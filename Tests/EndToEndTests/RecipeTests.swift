// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// The commands that `ops/` documents for operators, run as written, below a temporary root.
@Suite(.timeLimit(.minutes(5))) struct RecipeTests {
    private let root: TemplatesFolder
    private let port: Int

    init() throws {
        root = try TemplatesFolder()
        port = try LoopbackPort.free()
        for folder in ["etc/sysusers.d", "etc/systemd/system", "usr/local/bin", "var/lib", "shims"] {
            try FileManager.default.createDirectory(atPath: "\(root.path)/\(folder)", withIntermediateDirectories: true)
        }
        // Skips what needs rights, other users or systemd; paths and the rest of each command are as written.
        try shim(
            "install",
            "args=()\nwhile [ $# -gt 0 ]; do case $1 in -o|-g) shift;; *) args+=(\"$1\");; esac; shift; done\n"
                + "exec /usr/bin/install \"${args[@]}\""
        )
        try shim("runuser", "[ \"$1 $3\" = '-u --' ] || exit 9\nshift 3\nexec \"$@\"")
        try shim("systemd-sysusers", "exit 0")
        try shim("systemctl", "exit 0")
        try FileManager.default.createSymbolicLink(
            atPath: "\(root.path)/shims/release",
            withDestinationPath: Posthaste.binary.path(percentEncoded: false)
        )
    }

    private func shim(_ name: String, _ script: String) throws {
        try root.write("#!/bin/bash\n\(script)\n", to: "shims/\(name)")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(root.path)/shims/\(name)")
    }

    private static func file(_ name: String) throws -> String {
        let place = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../\(name)")
            .standardizedFileURL
        return try String(contentsOf: place, encoding: .utf8)
    }

    /// The same command below the root, with the port of the test and the binary under test.
    private func placed(_ text: String) -> String {
        var text = text.replacing(".build/release/posthaste", with: "\(root.path)/shims/release")
        for folder in ["/etc/", "/var/lib/", "/usr/local/bin/"] {
            text = text.replacing(" \(folder)", with: " \(root.path)\(folder)")
                .replacing(":\(folder)", with: ":\(root.path)\(folder)")
        }
        return text.replacing("8025", with: "\(port)")
    }

    private func run(_ script: String, environment: [String: String] = [:]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-euc", script]
        process.currentDirectoryURL = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        process.environment = ["PATH": "\(root.path)/shims:\(root.path)/usr/local/bin:/usr/bin:/bin"]
            .merging(environment) { $1 }
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(script)\n\(said)")
        return said
    }

    /// Serves with these arguments, accepts a mail with the key, and ends.
    private func expectService(_ arguments: [String], key: String, environment: [String: String] = [:]) async throws {
        let process = Posthaste.process(arguments, in: root.path)
        process.environment = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        let (lines, log) = (LineReader(output.fileHandleForReading), LineReader(errors.fileHandleForReading))
        try process.run()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        try #require(lines.line(containing: "Posthaste serves on") != nil, "\(log.lines)")
        let mail = #"{"to": "ana@example.org", "template": "welcome", "data": {"name": "Ana"}}"#
        let answer = try await Client(port: port, key: key).post("/v1/messages", mail, wait: 10)
        #expect(answer.status == 200 && answer.body.contains(#""state":"sent""#), "\(answer.body)")
    }

    private static func key(in said: String) throws -> String {
        let found = try #require(said.firstRange(of: "ph_"), "\(said)")
        return String(said[found.lowerBound...].prefix { !$0.isWhitespace })
    }

    @Test func systemdUnit() async throws {
        let unit = try Self.file("ops/posthaste.service")
        let commands = unit.split(separator: "\n").prefix { $0 != "[Unit]" }.filter { $0.hasPrefix("#   ") }.map {
            $0.dropFirst(4)
        }
        try #require(commands.count > 4)
        let key = try Self.key(in: run(placed(commands.joined(separator: "\n"))))
        #expect(try root.read("etc/systemd/system/posthaste.service") == unit)
        // The recipe keeps the default port, which another program may use here.
        try root.edit("etc/posthaste/posthaste.yaml", replacing: "127.0.0.1:8025", with: "127.0.0.1:\(port)")
        let start = try #require(unit.split(separator: "\n").first { $0.hasPrefix("ExecStart=") })
        let words = placed(" " + start.dropFirst("ExecStart=".count)).split(separator: " ").map(String.init)
        #expect(words.first == "\(root.path)/usr/local/bin/posthaste")
        try await expectService(Array(words.dropFirst()), key: key)
        #expect(FileManager.default.fileExists(atPath: "\(root.path)/var/lib/posthaste/posthaste.db"))
    }

    @Test func dockerfile() async throws {
        let file = try Self.file("ops/Dockerfile")
        let comments = file.split(separator: "\n").prefix { $0.hasPrefix("#") }.map { $0.dropFirst() }.joined(
            separator: "\n"
        )
        let command = try #require(comments.firstRange(of: "docker run --rm"))
        let words = comments[command.upperBound...].replacing("\\\n", with: " ").prefix { $0 != "\n" }
            .split(separator: " ").map(String.init)
        let image = try #require(words.firstIndex(of: "posthaste"))
        for volume in ["posthaste-config:/etc/posthaste", "posthaste-data:/var/lib/posthaste"] {
            #expect(words[..<image].contains(volume))
        }
        try FileManager.default.createDirectory(atPath: "\(root.path)/etc/posthaste", withIntermediateDirectories: true)
        #expect(file.contains("\nENV POSTHASTE_CONFIG=/etc/posthaste/posthaste.yaml\n"))
        let environment = ["POSTHASTE_CONFIG": "\(root.path)/etc/posthaste/posthaste.yaml"]
        let arguments = words[words.index(after: image)...].joined(separator: " ")
        let key = try Self.key(in: run(placed("\(root.path)/shims/release \(arguments)"), environment: environment))
        #expect(file.hasSuffix("ENTRYPOINT [\"posthaste\"]\nCMD [\"serve\"]\n"))
        try await expectService(["serve"], key: key, environment: environment)
    }
}
