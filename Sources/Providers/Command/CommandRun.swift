// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Glibc
internal import Synchronization

/// One run of a program.
///
/// Standard input and standard error are unlinked files, not pipes. A program that does not read the whole message can neither
/// block the gateway nor cause a SIGPIPE, a verbose program does not block, and a surviving child process delays no caller.
final class CommandRun: Sendable {
    private static let longestMessage = 2000
    private static let longestOutput = 65_536
    private static let cleanEnvironment = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]

    private struct State {
        /// Why the gateway stopped the program; nil if it did not.
        var stop: CommandOutcome?
        var isStarted = false
        var isEnded = false
        var output: [UInt8] = []
    }

    private let program: String
    private let arguments: [String]
    private let input: [UInt8]
    private let timeLimit: Duration
    private let keepsOutput: Bool
    private let state = Mutex(State())
    private let process = Process()

    /// `keepsOutput` captures the beginning of standard output for ``output``.
    init(program: String, arguments: [String], input: [UInt8], timeLimit: Duration, keepsOutput: Bool = false) {
        self.program = program
        self.arguments = arguments
        self.input = input
        self.timeLimit = timeLimit
        self.keepsOutput = keepsOutput
    }

    /// The beginning of the program's standard output, available after its end.
    var output: [UInt8] { state.withLock(\.output) }

    /// Runs the program and waits for its end; the time limit or task cancellation kills it.
    func outcome() async -> CommandOutcome {
        await withTaskCancellationHandler {
            let alarm = Task {
                // Cancelled when the program has ended.
                guard (try? await Task.sleep(for: timeLimit)) != nil else { return }
                stop(.timedOut)
            }
            defer { alarm.cancel() }
            return await withCheckedContinuation { continuation in
                // Foundation ties a process to the run loop of the thread that starts it, and releases it once that loop has
                // seen it end. Threads of the pool run no loop.
                Thread.detachNewThread { [self] in start { continuation.resume(returning: $0) } }
            }
        } onCancel: {
            stop(.cancelled)
        }
    }

    private func start(_ end: @escaping @Sendable (CommandOutcome) -> Void) {
        let complaints: FileHandle
        do {
            complaints = try prepare()
        } catch {
            return end(.notReady)
        }
        process.terminationHandler = { [self] _ in end(ending(complaints)) }
        do {
            try process.run()
        } catch {
            process.terminationHandler = nil
            close(complaints)
            return end(.notStarted(reason: "\(program) cannot be run"))
        }
        // The time limit or the cancellation came before the program was started.
        let isStopped = state.withLock { state in
            state.isStarted = true
            return state.stop != nil
        }
        if isStopped { endNow() }
        process.waitUntilExit()
    }

    /// Returns the file that receives standard error.
    private func prepare() throws -> FileHandle {
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = Self.cleanEnvironment
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        process.standardInput = try Self.namelessFile(input)
        process.standardOutput = keepsOutput ? try Self.namelessFile([]) : FileHandle.nullDevice
        let complaints = try Self.namelessFile([])
        process.standardError = complaints
        return complaints
    }

    /// An unlinked file, which only this process and its child can access.
    private static func namelessFile(_ content: [UInt8]) throws -> FileHandle {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("posthaste-\(UUID().uuidString)").path
        guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
            throw CocoaError(.fileWriteUnknown)
        }
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try FileManager.default.removeItem(atPath: path)
        try handle.write(contentsOf: content)
        try handle.seek(toOffset: 0)
        return handle
    }

    private func stop(_ reason: CommandOutcome) {
        let isRunning = state.withLock { state in
            guard !state.isEnded, state.stop == nil else { return false }
            state.stop = reason
            return state.isStarted
        }
        if isRunning { endNow() }
    }

    /// Kills the program with all its child processes; Foundation waits for the last of them.
    private func endNow() {
        let program = process.processIdentifier
        if kill(-program, SIGKILL) != 0 { kill(program, SIGKILL) }
    }

    private func ending(_ complaints: FileHandle) -> CommandOutcome {
        let printed = keepsOutput ? Self.bytes(of: process.standardOutput as? FileHandle, upTo: Self.longestOutput) : []
        let stop = state.withLock { state in
            state.isEnded = true
            state.output = printed
            return state.stop
        }
        // The handler retains this run.
        process.terminationHandler = nil
        defer { close(complaints) }
        if let stop { return stop }
        let status = Int(process.terminationStatus)
        return switch process.terminationReason {
        case .exit: .exited(code: status, message: Self.beginning(of: complaints))
        default: .killed(signal: status, message: Self.beginning(of: complaints))
        }
    }

    private func close(_ complaints: FileHandle) {
        let printed = keepsOutput ? process.standardOutput as? FileHandle : nil
        for handle in [complaints, process.standardInput as? FileHandle, printed] {
            try? handle?.close()  // A failed close loses nothing.
        }
    }

    private static func beginning(of complaints: FileHandle) -> String {
        let bytes = bytes(of: complaints, upTo: longestMessage)
        return String(decoding: bytes, as: UTF8.self).split { $0.isNewline }.joined(separator: " ")
    }

    private static func bytes(of file: FileHandle?, upTo count: Int) -> [UInt8] {
        // Without the error output, the exit status alone decides.
        guard let file, (try? file.seek(toOffset: 0)) != nil, let bytes = try? file.read(upToCount: count) else {
            return []
        }
        return Array(bytes)
    }
}
