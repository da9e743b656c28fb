// SPDX-License-Identifier: Apache-2.0
internal import CSpawn
package import Delivery
internal import Glibc
internal import Synchronization

/// Starts programs by posix_spawn(3).
package struct ProgramSpawner: ProgramRunner {
    package init() {}

    package func start(
        _ words: [String],
        events: @escaping @Sendable (ProgramEvent) -> Void
    ) throws(ProgramFailure) -> any RunningProgram {
        let program = try SpawnedProgram(words, events: events)
        try program.run()
        return program
    }
}

/// A child process with pipes for its standard streams.
///
/// One thread does all reading and writing, and calls `events`; another waits for the end of the process. The end is found by
/// waitpid(2) and not by the end of the output: a surviving grandchild may keep the pipes open.
final class SpawnedProgram: RunningProgram {
    private enum Command {
        case write([UInt8], number: Int)
        case closeInput
    }

    private struct State {
        /// Nil once the thread has them, which closes each when it is done with it.
        var streams: ChildProcess.Streams?
        var commands: [Command] = []
        /// False once the process id may belong to another process.
        var isWaitable = true
        var ending: String?
    }

    private static let chunk = 65_536
    /// The most octets that are read after the end: a surviving process may write for ever.
    private static let mostAfterEnd = 4 << 20

    private let events: @Sendable (ProgramEvent) -> Void
    private let process: ChildProcess
    private let wake: Pipe
    private let state: Mutex<State>

    fileprivate init(_ words: [String], events: @escaping @Sendable (ProgramEvent) -> Void) throws(ProgramFailure) {
        self.events = events
        wake = try Pipe()
        let streams: ChildProcess.Streams
        (process, streams) = try ChildProcess.spawn(words)
        state = Mutex(State(streams: streams))
    }

    /// Starts the threads.
    fileprivate func run() throws(ProgramFailure) {
        guard BlockingThread.start({ self.exchange() }) else {
            _ = Glibc.kill(-process.id, SIGKILL)
            _ = process.waitForEnd()
            throw ProgramFailure("the system has no thread left", isLasting: false)
        }
        if !BlockingThread.start({ self.awaitEnd() }) {
            _ = Glibc.kill(-process.id, SIGKILL)
            awaitEnd()
        }
    }

    func write(_ bytes: [UInt8], number: Int) { add(.write(bytes, number: number)) }
    func closeInput() { add(.closeInput) }
    func terminate() { signal(SIGTERM) }
    func kill() { signal(SIGKILL) }

    private func add(_ command: Command) {
        state.withLock { $0.commands.append(command) }
        wake.ring()
    }

    private func signal(_ number: Int32) {
        state.withLock { state in
            if state.isWaitable { _ = Glibc.kill(-process.id, number) }
        }
    }

    /// Waits for the end of the process, and ends what is left of its group before the id is free again.
    private func awaitEnd() {
        process.waitWithoutReaping()
        state.withLock { state in
            _ = Glibc.kill(-process.id, SIGKILL)
            state.ending = process.waitForEnd()
            state.isWaitable = false
        }
        wake.ring()
    }

    // MARK: The thread that reads and writes

    private func exchange() {
        // A write to a program that has closed its input ends as EPIPE.
        SignalMask.blockSIGPIPE()
        var (input, output, errors) = takeStreams()
        while true {
            let (commands, ending) = state.withLock { state in
                defer { state.commands = [] }
                return (state.commands, state.ending)
            }
            for command in commands {
                switch command {
                case .write(let bytes, let number): input.add(bytes, number: number)
                case .closeInput: input.closeAtEnd()
                }
            }
            if let ending {
                finish(output, errors)
                return events(.ended(ending))
            }
            let ready = Poll.wait(wake: wake, input: input, output: output, errors: errors)
            if ready.input { input.write(events) }
            if ready.output, let open = output, !read(open, as: ProgramEvent.output) {
                output = nil
                events(.outputClosed)
            }
            if ready.errors, let open = errors, !read(open, as: ProgramEvent.errorOutput) { errors = nil }
        }
    }

    private func takeStreams() -> (InputQueue, Descriptor?, Descriptor?) {
        let streams = state.withLock { $0.streams.take() }
        return (InputQueue(streams?.input), streams?.output, streams?.errors)
    }

    /// Reads what is left in the pipes.
    private func finish(_ output: Descriptor?, _ errors: Descriptor?) {
        var rest = Self.mostAfterEnd
        for (descriptor, event) in [(errors, ProgramEvent.errorOutput), (output, ProgramEvent.output)] {
            guard let descriptor else { continue }
            while rest > 0, case .bytes(let bytes) = descriptor.read(upTo: Self.chunk) {
                rest -= bytes.count
                events(event(bytes))
            }
        }
    }

    /// Passes on one chunk; false at the end of the stream.
    private func read(_ descriptor: Descriptor, as event: ([UInt8]) -> ProgramEvent) -> Bool {
        switch descriptor.read(upTo: Self.chunk) {
        case .bytes(let bytes): events(event(bytes))
        case .nothingYet: break
        case .closed: return false
        }
        return true
    }
}

/// The bytes for a program's standard input.
private struct InputQueue {
    private(set) var descriptor: Descriptor?
    private var writes: [(bytes: [UInt8], number: Int)] = []
    private var offset = 0
    private var closesAtEnd = false

    init(_ descriptor: Descriptor?) {
        self.descriptor = descriptor
    }

    var hasBytes: Bool { !writes.isEmpty }

    mutating func add(_ bytes: [UInt8], number: Int) {
        if descriptor != nil { writes.append((bytes, number)) }
    }

    mutating func closeAtEnd() {
        closesAtEnd = true
        if writes.isEmpty { descriptor = nil }
    }

    /// Writes as much as the pipe takes; without bytes, the pipe is broken.
    mutating func write(_ events: (ProgramEvent) -> Void) {
        guard let descriptor else { return }
        guard let next = writes.first else { return close(events) }
        switch descriptor.write(next.bytes, from: offset) {
        case .wrote(let count): offset += count
        case .full: return
        case .broken: return close(events)
        }
        guard offset == next.bytes.count else { return }
        offset = 0
        writes.removeFirst()
        events(.written(next.number))
        if closesAtEnd, writes.isEmpty { self.descriptor = nil }
    }

    private mutating func close(_ events: (ProgramEvent) -> Void) {
        descriptor = nil
        writes = []
        events(.inputClosed)
    }
}

/// An open file descriptor, which is closed with its last reference.
private final class Descriptor: Sendable {
    enum Reading {
        case bytes([UInt8])
        case nothingYet
        case closed
    }

    enum Writing {
        case wrote(Int)
        case full
        case broken
    }

    let number: Int32

    init(_ number: Int32) {
        self.number = number
    }

    deinit { _ = close(number) }

    /// Reads and writes return at once from now on.
    func makeNonBlocking() { _ = fcntl(number, F_SETFL, O_NONBLOCK) }

    func read(upTo count: Int) -> Reading {
        var length = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            length = unsafe Glibc.read(number, buffer.baseAddress, count)
            initialized = max(length, 0)
        }
        if length > 0 { return .bytes(bytes) }
        return length < 0 && (errno == EAGAIN || errno == EINTR) ? .nothingYet : .closed
    }

    func write(_ bytes: [UInt8], from offset: Int) -> Writing {
        let count = unsafe bytes.withUnsafeBytes { buffer in
            unsafe Glibc.write(number, buffer.baseAddress?.advanced(by: offset), bytes.count - offset)
        }
        if count >= 0 { return .wrote(count) }
        return errno == EAGAIN || errno == EINTR ? .full : .broken
    }
}

/// A pipe that child processes do not inherit.
private struct Pipe: Sendable {
    let reading: Descriptor
    let writing: Descriptor

    init() throws(ProgramFailure) {
        var ends: (Int32, Int32) = (-1, -1)
        let status = unsafe withUnsafeMutableBytes(of: &ends) { buffer in
            unsafe gw_pipe(buffer.baseAddress?.assumingMemoryBound(to: Int32.self))
        }
        guard status == 0 else { throw ProgramFailure("the process has too many open files", isLasting: false) }
        (reading, writing) = (Descriptor(ends.0), Descriptor(ends.1))
    }

    /// Wakes a thread that polls the reading end.
    func ring() {
        // A full pipe rings already.
        writing.makeNonBlocking()
        _ = writing.write([1], from: 0)
    }

    /// Takes the rings.
    func hush() { _ = reading.read(upTo: 4096) }
}

/// Waits for the pipes of a program.
private enum Poll {
    struct Ready {
        var input = false
        var output = false
        var errors = false
    }

    static func wait(wake: Pipe, input: InputQueue, output: Descriptor?, errors: Descriptor?) -> Ready {
        var watched = [pollfd(fd: wake.reading.number, events: Int16(POLLIN), revents: 0)]
        watched.append(pollfd(fd: output?.number ?? -1, events: Int16(POLLIN), revents: 0))
        watched.append(pollfd(fd: errors?.number ?? -1, events: Int16(POLLIN), revents: 0))
        // Without bytes to write, only the end of the pipe is of interest.
        let wanted = input.hasBytes ? Int16(POLLOUT) : 0
        watched.append(pollfd(fd: input.descriptor?.number ?? -1, events: wanted, revents: 0))
        let count = nfds_t(watched.count)
        let status = unsafe watched.withUnsafeMutableBufferPointer { unsafe poll($0.baseAddress, count, -1) }
        guard status > 0 else { return Ready() }
        if watched[0].revents != 0 { wake.hush() }
        return Ready(
            input: watched[3].revents != 0,
            output: watched[1].revents != 0,
            errors: watched[2].revents != 0
        )
    }
}

/// The signals that a thread does not get.
private enum SignalMask {
    static func blockSIGPIPE() {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        unsafe sigaddset(&set, SIGPIPE)
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }
}

/// A process that was spawned.
private struct ChildProcess: Sendable {
    private static let environment = [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
    ]

    struct Streams: Sendable {
        let input: Descriptor
        let output: Descriptor
        let errors: Descriptor
    }

    let id: pid_t

    /// Starts the program; returns this side's ends of its pipes.
    static func spawn(_ words: [String]) throws(ProgramFailure) -> (ChildProcess, Streams) {
        guard let program = words.first else { throw ProgramFailure("there is no program to run", isLasting: true) }
        let (input, output, errors) = (try Pipe(), try Pipe(), try Pipe())
        var id: pid_t = 0
        let status = spawn(
            words,
            streams: [input.reading.number, output.writing.number, errors.writing.number],
            &id
        )
        switch status {
        case 0: break
        case ENOENT, ENOTDIR: throw ProgramFailure("\(program) is not there", isLasting: true)
        case EACCES, EPERM, ENOEXEC, EISDIR: throw ProgramFailure("\(program) may not be run", isLasting: true)
        default: throw ProgramFailure("\(program) could not be started (error \(status))", isLasting: false)
        }
        let streams = Streams(input: input.writing, output: output.reading, errors: errors.reading)
        for descriptor in [streams.input, streams.output, streams.errors] { descriptor.makeNonBlocking() }
        return (ChildProcess(id: id), streams)
    }

    private static func spawn(_ words: [String], streams: [Int32], _ id: inout pid_t) -> Int32 {
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        let flags = Int32(POSIX_SPAWN_SETPGROUP) | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (number, stream) in streams.enumerated() {
            unsafe posix_spawn_file_actions_adddup2(&actions, stream, Int32(number))
        }
        unsafe gw_spawn_isolate(&actions)
        return unsafe withPointers(words) { arguments in
            unsafe withPointers(environment) { environment in
                unsafe posix_spawn(&id, words[0], &actions, &attributes, arguments, environment)
            }
        }
    }

    /// Calls `body` with a list of C strings, ended by nil.
    private static func withPointers(
        _ words: [String],
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32
    ) -> Int32 {
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { unsafe pointers.forEach { unsafe free($0) } }
        return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return EINVAL }
            return unsafe body(start)
        }
    }

    func waitWithoutReaping() {
        var info = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(id), &info, Int32(WEXITED | WNOWAIT)) != 0, errno == EINTR {}
    }

    /// Waits for the end and frees the process id; returns how the process ended.
    func waitForEnd() -> String {
        var status: Int32 = 0
        while unsafe waitpid(id, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? "exit code \(status >> 8 & 0xFF)" : "signal \(signal)"
    }
}
