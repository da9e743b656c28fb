// SPDX-License-Identifier: Apache-2.0
import Boundary
import Delivery
import GatewayTesting
import Synchronization
import Testing

/// What a program did, in order.
private final class Events: Sendable {
    private let seen = Mutex<[ProgramEvent]>([])

    var all: [ProgramEvent] { seen.withLock(\.self) }
    func add(_ event: ProgramEvent) { seen.withLock { $0.append(event) } }

    var ending: String? {
        if case .ended(let how)? = all.last { how } else { nil }
    }

    var output: String {
        let bytes = all.flatMap { if case .output(let bytes) = $0 { bytes } else { [UInt8]() } }
        return String(decoding: bytes, as: UTF8.self)
    }
}

@Suite(.timeLimit(.minutes(5))) struct SpawnedProgramTests {
    private static func start(_ words: [String]) throws -> (any RunningProgram, Events) {
        let events = Events()
        return (try ProgramSpawner().start(words) { events.add($0) }, events)
    }

    private static func shell(_ script: String) throws -> (any RunningProgram, Events) {
        try start(["/bin/sh", "-c", script])
    }

    @Test func writesAreReportedWhenWholeAndTheInputEndsAfterThem() async throws {
        let (program, events) = try Self.start(["/bin/cat"])
        let large = [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20)
        program.write(large, number: 1)
        program.write(Array("end".utf8), number: 2)
        program.closeInput()
        #expect(await comesTrue { events.ending != nil })
        #expect(events.ending == "exit code 0")
        #expect(events.output.utf8.count == large.count + 3)
        #expect(events.all.filter { $0 == .written(1) || $0 == .written(2) } == [.written(1), .written(2)])
    }

    @Test func programThatDoesNotReadBlocksNoCallerAndGetsNothingWhole() async throws {
        let (program, events) = try Self.shell("exec sleep 1000")
        program.write([UInt8](repeating: 0, count: 4 << 20), number: 1)
        program.kill()
        #expect(await comesTrue { events.ending == "signal 9" })
        #expect(!events.all.contains(.written(1)))
    }

    /// It inherits no environment, no open files, no ignored signals, and leads a group of its own.
    @Test func programIsIsolated() async throws {
        let script =
            "pwd; echo ${HOME-none}; ls /proc/self/fd | wc -l; grep SigIgn /proc/self/status; echo $$; ps -o pgid= $$"
        let (program, events) = try Self.shell(script)
        program.closeInput()
        #expect(await comesTrue { events.ending != nil })
        let lines = events.output.split(separator: "\n").map { $0.filter { $0 != " " } }
        try #require(lines.count == 6, "\(events.output)")
        // `ls` has the folder open as well.
        #expect(lines[..<3] == ["/", "none", "4"])
        // The C library reserves signals 32 and 33, which no program can set.
        let ignored = try #require(UInt64(lines[3].suffix(16), radix: 16))
        #expect(ignored & ~(0b11 << 31) == 0)
        #expect(lines[4] == lines[5])
    }

    /// A child that left the group and keeps the pipes open delays nothing.
    @Test func endIsSeenAlthoughAChildKeepsThePipes() async throws {
        let (_, events) = try Self.shell("setsid sleep 30 & sleep 0.2; echo last; exit 3")
        #expect(await comesTrue(within: .seconds(25)) { events.ending == "exit code 3" })
        #expect(events.output == "last\n")
    }

    @Test func signalsReachTheWholeGroup() async throws {
        let (program, events) = try Self.shell("sleep 1000 & sleep 1000")
        program.terminate()
        #expect(await comesTrue { events.ending == "signal 15" })
        // The pipes close with the last of the group.
        let (other, late) = try Self.shell("trap '' TERM; sleep 1000 & echo ready; wait")
        #expect(await comesTrue { late.output == "ready\n" })
        other.terminate()
        other.kill()
        #expect(await comesTrue { late.ending == "signal 9" })
    }

    @Test(arguments: [("/nowhere/at/all", true), ("/etc/hostname", true), ("/", true)])
    func whatCannotRunSaysWhy(_ path: String, _ isLasting: Bool) {
        let failure = #expect(throws: ProgramFailure.self) { try Self.start([path, "secret"]) }
        #expect(failure?.isLasting == isLasting)
        #expect(failure?.detail.contains(path) == true)
        #expect(failure?.detail.contains("secret") == false)
    }
}
