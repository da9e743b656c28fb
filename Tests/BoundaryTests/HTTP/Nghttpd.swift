// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Synchronization

/// nghttpd, a real HTTP/2 server over TLS, on a free port of 127.0.0.1, with a certificate made for it.
final class Nghttpd: Sendable {
    private static let program = "/usr/sbin/nghttpd"
    private static let openssl = "/usr/bin/openssl"

    static var isInstalled: Bool {
        [program, openssl].allSatisfy(FileManager.default.isExecutableFile)
    }

    enum Fault: Error {
        case ended(String)
    }

    private let process: Mutex<Process>
    private let folder: URL
    private let log: FileHandle
    private let lines = Mutex("")
    let port: Int

    /// Starts the server; it echoes bodies, and logs each frame.
    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "posthaste-h2-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        port = try LoopbackPort.free()
        try Self.makeCertificate(in: folder)
        let output = Pipe()
        let server = Process()
        server.executableURL = URL(filePath: Self.program)
        server.arguments = ["-v", "--echo-upload", "-a", "127.0.0.1", "-d", folder.path, "\(port)"]
        server.arguments? += [folder.appending(path: "key.pem").path, folder.appending(path: "cert.pem").path]
        server.standardOutput = output
        server.standardError = FileHandle.nullDevice
        try server.run()
        process = Mutex(server)
        log = output.fileHandleForReading
        try waitForListen()
        Thread.detachNewThread { [self] in
            while readMore() {}
        }
    }

    var origin: String { "https://127.0.0.1:\(port)" }
    var caFile: String { folder.appending(path: "cert.pem").path }

    /// The number of connections made so far.
    var connections: Int {
        let text = lines.withLock(\.self)
        return Set(text.split(separator: "\n").compactMap { $0.firstMatch(of: /\[id=([0-9]+)\]/)?.1 }).count
    }

    /// Ends the server and its connections at once.
    func kill() {
        process.withLock { server in
            guard server.isRunning else { return }
            _ = Glibc.kill(server.processIdentifier, SIGKILL)
            server.waitUntilExit()
        }
    }

    func stop() {
        kill()
        // A leftover temporary file does no harm.
        try? FileManager.default.removeItem(at: folder)
    }

    private func waitForListen() throws {
        while !lines.withLock({ $0.contains("listen") }) {
            guard readMore() else { throw Fault.ended(lines.withLock(\.self)) }
        }
    }

    private func readMore() -> Bool {
        let more = log.availableData
        lines.withLock { $0 += String(decoding: more, as: UTF8.self) }
        return !more.isEmpty
    }

    private static func makeCertificate(in folder: URL) throws {
        let arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", folder.appending(path: "key.pem").path, "-out", folder.appending(path: "cert.pem").path,
        ]
        _ = try OutsideProgram(openssl, arguments).output()
    }
}
