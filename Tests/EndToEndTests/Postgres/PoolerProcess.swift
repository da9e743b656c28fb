// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting

/// A separate PgBouncer before a server, in transaction mode; ends with its last reference.
final class PoolerProcess {
    static let program = "/usr/sbin/pgbouncer"

    let port: Int
    private let server: PostgresServer
    private let folder: URL
    private let process = Process()

    init(before server: PostgresServer) throws {
        self.server = server
        let listener = try ScriptedSMTP()
        port = listener.port
        listener.stop()
        folder = FileManager.default.temporaryDirectory.appending(path: "posthaste-pgb-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let settings = """
            [databases]
            * = host=127.0.0.1 port=\(server.port) user=postgres password=\(server.password)
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = \(port)
            unix_socket_dir =
            auth_type = any
            pool_mode = transaction
            default_pool_size = 5
            max_client_conn = 200
            ignore_startup_parameters = extra_float_digits

            """
        let file = folder.appending(path: "pgbouncer.ini")
        try settings.write(to: file, atomically: true, encoding: .utf8)
        process.executableURL = URL(filePath: Self.program)
        // PgBouncer refuses to run as root.
        process.arguments = (geteuid() == 0 ? ["-u", "postgres"] : []) + ["-q", file.path(percentEncoded: false)]
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
    }

    deinit {
        // Other signals may not arrive: it inherits the signal mask of the thread that started it.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        // A leftover temporary file does no harm.
        try? FileManager.default.removeItem(at: folder)
    }

    func url(_ database: String) -> String { "postgres://postgres@127.0.0.1:\(port)/\(database)" }
}
