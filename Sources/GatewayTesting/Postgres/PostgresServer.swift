// SPDX-License-Identifier: Apache-2.0
public import Foundation
import Synchronization

/// A PostgreSQL server for tests: a new cluster in a temporary folder, on a free loopback port.
///
/// Needs Debian's `postgresql` package (any version from 13) and never touches the system's own cluster. The server ends with the
/// process that started it, however that ends, and its folder is removed.
public final class PostgresServer: Sendable {
    public let port: Int
    public let folder: URL
    /// The password of the role `postgres`.
    public let password = "geheim"

    private let keeper: Mutex<Process>
    private let settings: [String: String]

    /// Creates and starts a cluster.
    ///
    /// - Parameters:
    ///   - settings: Lines of `postgresql.conf`, which override those of the tests, such as no flushing to disk.
    ///   - primary: A server to copy and to follow as a streaming standby, instead of a new cluster.
    ///   - place: An existing empty folder for all its files; nil creates one.
    /// - Throws: ``TestingError`` when the server does not start, or there is no free port.
    public init(
        settings: [String: String] = ["fsync": "off"],
        following primary: PostgresServer? = nil,
        in place: URL? = nil
    ) throws {
        let name = "posthaste-pg-\(UUID().uuidString.prefix(8))"
        folder = place ?? FileManager.default.temporaryDirectory.appending(path: name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        port = try LoopbackPort.free()
        self.settings = settings
        keeper = Mutex(Process())
        try start(as: primary == nil ? "new" : "copy", of: primary)
    }

    deinit {
        let isRunning = keeper.withLock { keeper in
            (keeper.standardInput as? Pipe)?.fileHandleForWriting.closeFile()
            return keeper.isRunning
        }
        // Otherwise the keeper removes it; a remaining temporary folder does no harm.
        if !isRunning { try? FileManager.default.removeItem(at: folder) }
    }

    /// The URL of a database, with its password.
    public func url(_ database: String = "postgres", user: String = "postgres") -> String {
        "postgres://\(user):\(password)@127.0.0.1:\(port)/\(database)"
    }

    /// The process id of the postmaster.
    public var processID: Int32? {
        let file = folder.appending(path: "data/postmaster.pid")
        // Without the file no server runs.
        let text = try? String(contentsOf: file, encoding: .utf8)
        return text?.split(separator: "\n").first.flatMap { Int32($0) }
    }

    /// Sends a signal to the postmaster; SIGKILL, SIGSTOP and SIGCONT also to all its other processes except the spared
    /// ones, as in a power failure.
    public func signal(_ number: Int32, sparing spared: Set<Int32> = []) {
        guard let processID, processID > 1 else { return }
        if number == SIGKILL || number == SIGSTOP || number == SIGCONT {
            for child in Self.children(of: processID) where !spared.contains(child) { kill(child, number) }
        }
        kill(processID, number)
    }

    /// Stops the server with a fast, orderly shutdown.
    public func stop() {
        keeper.withLock { keeper in
            (keeper.standardInput as? Pipe)?.fileHandleForWriting.write(Data("stop\n".utf8))
            keeper.waitUntilExit()
        }
    }

    /// False after ``stop()``, or when the server has ended otherwise.
    public var isRunning: Bool { keeper.withLock(\.isRunning) }

    /// Starts the cluster again after ``stop()`` or a signal that ended it.
    public func start() throws {
        keeper.withLock { $0.waitUntilExit() }
        try start(as: "old", of: nil)
    }

    /// The same, but the server keeps reporting that it is starting up (SQLSTATE 57P03) until ``open()``.
    public func startClosed() throws {
        keeper.withLock { $0.waitUntilExit() }
        try start(as: "closed", of: nil)
    }

    /// Lets a server started with ``startClosed()`` accept connections.
    public func open() throws {
        try Data().write(to: folder.appending(path: "data/promote"))
        signal(SIGUSR1)
    }

    /// Runs SQL with `psql` as the role `postgres`; returns the output without headings.
    @discardableResult
    public func psql(_ sql: String, database: String = "postgres") throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/psql")
        process.arguments = ["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url(database), "-c", sql]
        let (out, faults) = (Pipe(), Pipe())
        process.standardOutput = out
        process.standardError = faults
        try process.run()
        let text = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let words = String(decoding: faults.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw TestingError(words) }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func start(as age: String, of source: PostgresServer?) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        let lines = settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        process.arguments =
            ["-c", Self.script, "sh", folder.path, "\(port)", password, age, source?.url() ?? ""] + lines
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        keeper.withLock { $0 = process }
        let word = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard word.hasPrefix("ready") else {
            throw TestingError("PostgreSQL did not start (is Debian's postgresql installed?): \(word)")
        }
    }

    /// Keeps the server until its standard input ends or contains `stop`; prints one word when the server accepts connections.
    private static let script = """
        folder=$1 port=$2 password=$3 age=$4 source=$5; shift 5
        bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
        [ -n "$bin" ] || { echo "there is no /usr/lib/postgresql/*/bin"; exit 1; }
        as=""
        # The server refuses to run as root.
        if [ "$(id -u)" = 0 ]; then
            chown postgres: "$folder"
            as="setpriv --reuid=postgres --regid=postgres --clear-groups"
        fi
        cd "$folder"
        if [ "$age" = new ]; then
            echo "$password" > password
            [ -z "$as" ] || chown postgres: password
            $as "$bin/initdb" -D data -U postgres -A scram-sha-256 --pwfile=password -N --no-locale -E UTF8 > initdb.log 2>&1 \\
                || { tail -n 3 initdb.log; exit 1; }
        fi
        if [ "$age" = copy ]; then
            $as "$bin/pg_basebackup" -D data -R -c fast -N -d "$source" > copy.log 2>&1 || { tail -n 3 copy.log; exit 1; }
        fi
        # A standby that takes no connections. A server that answers so is ready.
        enough=0
        if [ "$age" = closed ]; then
            $as touch data/standby.signal
            set -- "$@" hot_standby=off
            enough=1
        fi
        # Of one that was killed, and whose number may still be in the list of processes.
        rm -f data/postmaster.pid .s.PGSQL.*
        set -- $(for line in "$@"; do echo "-c $line"; done)
        $as "$bin/postgres" -D data -c listen_addresses=127.0.0.1 -c port="$port" -c unix_socket_directories="$folder" \\
            -c max_connections=200 -c shared_buffers=64MB "$@" > server.log 2>&1 < /dev/null &
        server=$!
        tries=0
        until "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" || [ $? -le $enough ]; do
            tries=$((tries + 1))
            kill -0 $server 2> /dev/null && [ $tries -lt 300 ] || { tail -n 3 server.log; exit 1; }
            sleep 0.1
        done
        echo ready
        exec > /dev/null 2>&1
        # A server that was killed stays in the list of processes until this shell, which waits for a word, asks for it. The
        # shell may have been given a mask under which no other signal arrives.
        ( while read -r state < /proc/$server/stat; do
            case "$state" in *") Z "*) break ;; esac
            sleep 0.1
        done; kill -KILL $$ ) &
        if read -r word; then
            kill -INT $server; wait $server
        else
            kill -INT $server; wait $server; rm -rf "$folder"
        fi
        """

    private static func children(of parent: Int32) -> [Int32] {
        // A process that has just ended has no such file.
        let text = try? String(contentsOfFile: "/proc/\(parent)/task/\(parent)/children", encoding: .utf8)
        return text?.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) } ?? []
    }
}
