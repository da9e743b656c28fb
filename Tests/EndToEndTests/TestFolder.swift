// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// A folder with the settings, store and templates of one gateway under test; removed with its last reference.
final class TestFolder: Sendable {
    let path: String
    let port: Int
    let key: String

    /// Runs `posthaste init --minimal`, and changes the settings to listen on a free port.
    init(providers: String = "inbox: { kind: capture }", via: String = "inbox") throws {
        path = Self.freshPath()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let made = try Posthaste.run(["init", "--minimal", "--json"], in: path)
        key = try #require(Self.word(after: "\"secret\":\"", in: made.output))
        port = try LoopbackPort.free()
        try write(settings(providers: providers, via: via))
    }

    /// Runs `posthaste init` with these options, and changes only the port in the settings.
    init(starting options: [String]) throws {
        path = Self.freshPath()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        port = try LoopbackPort.free()
        let made = try Posthaste.run(["init", "--json", "--listen", "127.0.0.1:\(port)"] + options, in: path)
        key = try #require(Self.word(after: "\"secret\":\"", in: made.output), "\(made.errors)")
    }

    /// A copy of another folder with its own settings, on a free port; its API key is `key`.
    init(copying other: TestFolder, key: String, providers: String, via: String, more: String) throws {
        path = Self.freshPath()
        self.key = key
        try FileManager.default.copyItem(atPath: other.path, toPath: path)
        port = try LoopbackPort.free()
        try write(settings(providers: providers, via: via, more: more))
    }

    deinit {
        // A leftover temporary folder does no harm.
        try? FileManager.default.removeItem(atPath: path)
    }

    private static func freshPath() -> String {
        let name = "posthaste-e2e-\(UInt64.random(in: .min ... .max))"
        return FileManager.default.temporaryDirectory.appending(path: name).path(percentEncoded: false)
    }

    var settingsFile: String { "\(path)/posthaste.yaml" }

    func settings(providers: String, via: String, more: String = "") -> String {
        """
        listen: 127.0.0.1:\(port)
        sealing_key: !file secrets/sealing.key
        shutdown_grace: 60s
        providers: { \(providers) }
        routes: [{ via: [\(via)] }]
        \(more)

        """
    }

    func write(_ settings: String) throws {
        try settings.write(toFile: settingsFile, atomically: true, encoding: .utf8)
    }

    func run(_ arguments: String..., input: String = "") throws -> Posthaste.Result {
        try Posthaste.run(arguments, in: path, input: input)
    }

    /// The text between `mark` and the next quote.
    static func word(after mark: String, in text: String) -> String? {
        text.range(of: mark).map { String(text[$0.upperBound...].prefix { $0 != "\"" }) }
    }
}
