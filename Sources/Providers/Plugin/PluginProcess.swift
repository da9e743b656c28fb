// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import JSON
import Synchronization

/// A plugin that is kept running: the shell around ``PluginMachine``.
///
/// Nothing runs until ``start(changed:)`` or the first call.
final class PluginProcess: PluginLink {
    private struct State {
        var machine: PluginMachine
        var program: (any RunningProgram)?
        var callers: [Int: CheckedContinuation<Result<PluginOutcome, DeliveryError>, Never>] = [:]
        var stopWaiters: [CheckedContinuation<Void, Never>] = []
        var errors = ErrorLines()
        var incidents: [String] = []
        var unknownCapabilities: [String] = []
        var hadToBeTerminated = false
        var changed: @Sendable () -> Void = {}
        var alarm: (at: PluginMachine.Instant, task: Task<Void, Never>)?
    }

    /// What is done without the lock, in order.
    private enum Report {
        case log(String, isWarning: Bool)
        case changed(@Sendable () -> Void)
    }

    private static let mostIncidents = 10

    let declaration = PluginDeclaration()
    private let words: [String]
    private let runner: any ProgramRunner
    private let mask: SecretWords
    private let log: @Sendable (_ line: String, _ isWarning: Bool) -> Void
    private let numbers = Atomic<Int>(0)
    private let state: Mutex<State>

    /// Starts nothing; `words` are the program and its arguments, `log` gets lines without secrets.
    init(
        words: [String],
        hello: [UInt8],
        runner: any ProgramRunner,
        mask: SecretWords,
        log: @escaping @Sendable (_ line: String, _ isWarning: Bool) -> Void
    ) {
        self.words = words
        self.runner = runner
        self.mask = mask
        self.log = log
        state = Mutex(State(machine: PluginMachine(hello: hello)))
    }

    func start(changed: @escaping @Sendable () -> Void) {
        state.withLock { $0.changed = changed }
        feed { $0.start(now: .now) }
    }

    func stop(afterCalls: Bool) async {
        await withCheckedContinuation { waiter in
            state.withLock { $0.stopWaiters.append(waiter) }
            feed { $0.stop(afterCalls: afterCalls, now: .now) }
        }
    }

    func call(_ request: PluginRequest, timeout: Duration) async throws(DeliveryError) -> PluginOutcome {
        let number = numbers.wrappingAdd(1, ordering: .relaxed).newValue
        let line = PluginProtocol.call(number, request)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { caller in
                state.withLock { $0.callers[number] = caller }
                feed { $0.call(number, isProbe: request.isProbe, line: line, timeout: timeout, now: .now) }
                // The cancellation may have come before the call was known.
                if Task.isCancelled { abandon(number) }
            }
        } onCancel: {
            abandon(number)
        }
        return try result.get()
    }

    func verdicts() async -> [LawVerdict] {
        // A cancelled call may still be open.
        await stop(afterCalls: true)
        let state = state.withLock { ($0.incidents.map(mask.masked), $0.unknownCapabilities, $0.hadToBeTerminated) }
        let (incidents, unknown, hadToBeTerminated) = state
        return [
            PluginLaw.hello(isSaid: declaration.value != nil, incidents.first),
            PluginLaw.capabilities(unknown: unknown),
            LawVerdict("it answers each call once, and writes nothing else to standard output", fault: incidents.first),
            LawVerdict(
                "it ends within \(PluginMachine.stopLimit.words) after its input was closed",
                fault: hadToBeTerminated ? "it had to be terminated" : nil
            ),
        ]
    }

    private func abandon(_ number: Int) {
        feed { $0.abandon(number, now: .now) }
    }

    // MARK: Events and actions

    private func take(_ event: ProgramEvent) {
        switch event {
        case .written(let number):
            feed {
                $0.wrote(number); return []
            }
        case .inputClosed: feed { $0.closed("input", now: .now) }
        case .output(let bytes): feed { $0.output(bytes, now: .now) }
        case .outputClosed: feed { $0.closed("output", now: .now) }
        case .errorOutput(let bytes):
            let lines = state.withLock { $0.errors.add(bytes, now: .now) }
            for line in lines { log(mask.masked(line), false) }
        case .ended(let how):
            for line in state.withLock({ $0.errors.end() }) { log(mask.masked(line), false) }
            feed { machine in machine.ended(how, now: .now) }
        }
    }

    /// Lets the machine decide and carries out its actions, all under one lock, so that they keep their order.
    private func feed(_ step: (inout PluginMachine) -> [PluginMachine.Action]) {
        let reports = state.withLock { state in
            var reports: [Report] = []
            perform(step(&state.machine), &state, &reports)
            setAlarm(&state)
            return reports
        }
        for report in reports {
            switch report {
            case .log(let line, let isWarning): log(mask.masked(line), isWarning)
            case .changed(let call): call()
            }
        }
    }

    private func perform(_ actions: [PluginMachine.Action], _ state: inout State, _ reports: inout [Report]) {
        for action in actions {
            switch action {
            case .launch:
                guard let failure = launch(&state) else { continue }
                return perform(state.machine.couldNotLaunch(failure, now: .now), &state, &reports)
            case .write(let bytes, let number): state.program?.write(bytes, number: number)
            case .closeInput: state.program?.closeInput()
            case .terminate:
                state.program?.terminate()
                state.hadToBeTerminated = true
                reports.append(.log("the plugin did not end when its input was closed", isWarning: true))
            case .kill: state.program?.kill()
            case .finish(let call, let result): state.callers.removeValue(forKey: call)?.resume(returning: result)
            case .said(let hello):
                declaration.set(hello)
                state.unknownCapabilities = hello.unknownCapabilities
                let names = hello.capabilities.names.joined(separator: ", ")
                reports.append(.log("the plugin said hello: \(names)", isWarning: false))
                reports.append(.changed(state.changed))
            case .failed(let words):
                if state.incidents.count < Self.mostIncidents { state.incidents.append(words) }
                reports.append(.log("the plugin failed: \(words)", isWarning: true))
            case .note(let line): reports.append(.log(line, isWarning: true))
            case .stopped:
                state.program = nil
                for waiter in state.stopWaiters { waiter.resume() }
                state.stopWaiters = []
            }
        }
    }

    private func launch(_ state: inout State) -> ProgramFailure? {
        state.errors = ErrorLines()
        do throws(ProgramFailure) {
            // Events wait for the lock, and so for the program to be known.
            state.program = try runner.start(words) { [weak self] in self?.take($0) }
            return nil
        } catch {
            return error
        }
    }

    /// Sees that the machine is woken in time; an alarm that is too early only looks again.
    private func setAlarm(_ state: inout State) {
        guard let next = state.machine.nextWake else { return }
        if let alarm = state.alarm, alarm.at <= next { return }
        state.alarm?.task.cancel()
        let task = Task { [weak self] in
            // A cancelled alarm was replaced.
            guard (try? await Task.sleep(until: next, clock: .continuous)) != nil else { return }
            self?.ring(next)
        }
        state.alarm = (next, task)
    }

    private func ring(_ moment: PluginMachine.Instant) {
        state.withLock { state in
            if state.alarm?.at == moment { state.alarm = nil }
        }
        feed { $0.tick(now: .now) }
    }

    deinit {
        // Nothing waits for a plugin that is not referenced any more.
        state.withLock { state in
            state.alarm?.task.cancel()
            state.program?.closeInput()
            state.program?.kill()
        }
    }
}

/// How a plugin is reached: a program or an address.
protocol PluginLink: AnyObject, Sendable {
    /// What the plugin said about itself.
    var declaration: PluginDeclaration { get }

    /// Starts to ask for the hello; `changed` is called after each.
    func start(changed: @escaping @Sendable () -> Void)

    /// Ends it for good, at once or when the calls under way have ended.
    func stop(afterCalls: Bool) async

    /// Makes one call; starts the plugin when that was not done.
    func call(_ request: PluginRequest, timeout: Duration) async throws(DeliveryError) -> PluginOutcome

    /// The verdicts on the laws of the protocol, by what happened so far; stops the plugin.
    func verdicts() async -> [LawVerdict]
}

/// The laws for every plugin.
enum PluginLaw {
    static func hello(isSaid: Bool, _ reason: String?) -> LawVerdict {
        LawVerdict(
            "it says hello within \(PluginMachine.helloLimit.words), in protocol \(PluginProtocol.version)",
            fault: isSaid ? nil : reason ?? "there was no hello"
        )
    }

    static func capabilities(unknown: [String]) -> LawVerdict {
        LawVerdict(
            "it names only capabilities that exist",
            fault: unknown.isEmpty ? nil : "it names \(unknown.joined(separator: ", "))"
        )
    }
}

/// The last hello of a plugin, read by acceptance for every message without a lock.
final class PluginDeclaration: Sendable {
    private static let said: UInt64 = 1 << 63

    /// The capabilities in the lower half, the concurrency above, and whether there was a hello in the highest bit.
    private let bits = Atomic<UInt64>(0)

    func set(_ hello: PluginHello) {
        let concurrency = UInt64(min(hello.concurrency ?? 0, 1 << 30))
        bits.store(Self.said | concurrency << 32 | UInt64(hello.capabilities.rawValue), ordering: .releasing)
    }

    /// Nil until there was a hello.
    var value: ServiceDeclaration? {
        let bits = bits.load(ordering: .acquiring)
        guard bits & Self.said != 0 else { return nil }
        let concurrency = Int(bits >> 32 & 0x7FFF_FFFF)
        return ServiceDeclaration(
            capabilities: Capabilities(rawValue: UInt32(truncatingIfNeeded: bits)),
            concurrency: concurrency == 0 ? nil : concurrency
        )
    }
}
