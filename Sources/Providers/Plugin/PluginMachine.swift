// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery

/// The state of a plugin that runs as a program: pure, time is handed in.
///
/// The program is started once and then again each time it ended. It is ended when it says something that is no answer, or does
/// not answer in time.
struct PluginMachine: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Action: Sendable {
        case launch
        /// The hello has number 0, a call its own.
        case write([UInt8], number: Int)
        case closeInput
        case terminate
        case kill
        case finish(call: Int, Result<PluginOutcome, DeliveryError>)
        /// The plugin said what it can do.
        case said(PluginHello)
        /// The plugin broke the protocol, or ended by itself.
        case failed(String)
        case note(String)
        /// The program has ended for good.
        case stopped
    }

    /// How long a plugin has for its hello.
    static let helloLimit = Duration.seconds(10)
    /// How long a plugin has to end after its input was closed, and how long after SIGTERM.
    static let (stopLimit, terminationLimit) = (Duration.seconds(5), Duration.seconds(2))
    /// The first and the longest wait before another start.
    static let (firstRest, longestRest) = (Duration.seconds(1), Duration.seconds(60))
    /// A plugin that ran for so long is started again after the first wait.
    static let goodRun = Duration.seconds(60)
    /// How long a program may take to end that has closed its input or output.
    private static let closingLimit = Duration.seconds(1)
    /// How long a killed process may take to end before its calls are given up.
    private static let deathLimit = Duration.seconds(10)

    private enum Phase {
        case idle
        case resting(until: Instant)
        case starting(deadline: Instant)
        case ready(since: Instant)
        /// It closed its input or output, as a program does that ends.
        case closing(deadline: Instant, words: String)
        /// Killed. `listens` is false after a line that is no answer, and then nothing more is believed.
        case dying(deadline: Instant, listens: Bool)
        case stopping(deadline: Instant, signals: Int)
        case stopped
    }

    private struct Call {
        enum Progress {
            case waiting(line: [UInt8])
            case handedOver(deadline: Instant)
            case written(deadline: Instant)

            var deadline: Instant? {
                switch self {
                case .waiting: nil
                case .handedOver(let deadline), .written(let deadline): deadline
                }
            }
        }

        let isProbe: Bool
        let timeout: Duration
        var progress: Progress
        /// The caller waits no more; the plugin may still answer.
        var isAbandoned = false
    }

    private let hello: [UInt8]
    private var phase = Phase.idle
    private var calls: [Int: Call] = [:]
    private var waiting: [Int] = []
    private var line: [UInt8] = []
    private var concurrency = Int.max
    private var failures = 0
    /// Why the program does not run, or is about to end.
    private var reason: DeliveryError?
    /// The calls under way are the last ones.
    private var isLeaving = false

    /// `hello` is the first line for the program.
    init(hello: [UInt8]) {
        self.hello = hello + [UInt8(ascii: "\n")]
    }

    /// When ``tick(now:)`` has something to do; nil when only an event can change the state.
    var nextWake: Instant? {
        switch phase {
        case .idle, .stopped: nil
        case .resting(let moment), .starting(let moment), .closing(let moment, _), .dying(let moment, _),
            .stopping(let moment, _):
            moment
        case .ready: calls.values.compactMap(\.progress.deadline).min()
        }
    }

    // MARK: Wishes of the gateway

    mutating func start(now: Instant) -> [Action] {
        guard case .idle = phase else { return [] }
        return launch(now: now)
    }

    /// Takes a call; `line` is what the plugin reads.
    mutating func call(_ number: Int, isProbe: Bool, line: [UInt8], timeout: Duration, now: Instant) -> [Action] {
        var actions: [Action] = []
        switch phase {
        case .idle: actions = launch(now: now)
        case .starting, .ready: break
        case .resting, .closing, .dying:
            return [.finish(call: number, .failure(reason ?? Self.stopped))]
        case .stopping, .stopped: return [.finish(call: number, .failure(Self.stopped))]
        }
        if isLeaving { return [.finish(call: number, .failure(Self.stopped))] }
        let line = line + [UInt8(ascii: "\n")]
        calls[number] = Call(isProbe: isProbe, timeout: timeout, progress: .waiting(line: line))
        waiting.append(number)
        pump(now: now, &actions)
        return actions
    }

    /// The caller of a call waits no more.
    mutating func abandon(_ number: Int, now: Instant) -> [Action] {
        guard let call = calls[number], !call.isAbandoned else { return [] }
        var actions: [Action] = []
        if case .waiting = call.progress {
            calls[number] = nil
            waiting.removeAll { $0 == number }
            actions.append(.finish(call: number, .failure(Self.cancelled(.transient))))
            leaveIfDone(now: now, &actions)
        } else {
            calls[number]?.isAbandoned = true
            actions.append(.finish(call: number, .failure(Self.cancelled(.uncertain))))
        }
        return actions
    }

    /// Ends the program for good, at once or when the calls under way have ended.
    mutating func stop(afterCalls: Bool, now: Instant) -> [Action] {
        var actions: [Action] = []
        switch phase {
        case .idle, .resting:
            phase = .stopped
            actions.append(.stopped)
        case .ready where afterCalls && !calls.isEmpty: isLeaving = true
        case .starting, .ready: beginStopping(now: now, &actions)
        case .closing, .dying: isLeaving = true
        case .stopping: break
        case .stopped: actions.append(.stopped)
        }
        return actions
    }

    // MARK: Events of the program

    mutating func couldNotLaunch(_ failure: ProgramFailure, now: Instant) -> [Action] {
        reason =
            failure.isLasting
            ? DeliveryError(
                .misconfigured,
                code: "plugin.missing",
                detail: failure.detail,
                remedy: "install the program, or correct `run:`"
            ) : Self.down(failure.detail)
        var actions = [Action.failed(failure.detail)]
        rest(now: now, &actions)
        return actions
    }

    mutating func wrote(_ number: Int) {
        guard case .handedOver(let deadline)? = calls[number]?.progress else { return }
        calls[number]?.progress = .written(deadline: deadline)
    }

    mutating func output(_ bytes: [UInt8], now: Instant) -> [Action] {
        var actions: [Action] = []
        var rest = bytes[...]
        while listens, let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            line.append(contentsOf: rest[..<end])
            rest = rest[(end + 1)...]
            let whole = line
            line = []
            if whole.count > PluginProtocol.longestAnswer {
                tooLong(now: now, &actions)
            } else {
                take(whole, now: now, &actions)
            }
        }
        guard listens else { return actions }
        line.append(contentsOf: rest)
        if line.count > PluginProtocol.longestAnswer { tooLong(now: now, &actions) }
        return actions
    }

    private mutating func tooLong(now: Instant, _ actions: inout [Action]) {
        fail(because: "it wrote a line of more than \(PluginProtocol.longestAnswer) bytes", now: now, &actions)
    }

    /// The program closed its input or output, without which it is of no use.
    mutating func closed(_ what: String, now: Instant) -> [Action] {
        switch phase {
        case .starting, .ready:
            noteGoodRun(now: now)
            reason = Self.down("it closed its \(what)")
            phase = .closing(deadline: now + Self.closingLimit, words: "it closed its \(what)")
        case .idle, .resting, .closing, .dying, .stopping, .stopped: break
        }
        return []
    }

    mutating func ended(_ how: String, now: Instant) -> [Action] {
        var actions: [Action] = []
        let isStopping = if case .stopping = phase { true } else { isLeaving }
        let isKilled = if case .dying = phase { true } else { false }
        if !isKilled { reason = Self.down("it ended with \(how)") }
        if !isKilled && !isStopping { actions.append(.failed("it ended with \(how)")) }
        noteGoodRun(now: now)
        finishAll(now: now, &actions)
        line = []
        if isStopping {
            phase = .stopped
            actions.append(.stopped)
        } else {
            rest(now: now, &actions)
        }
        return actions
    }

    mutating func tick(now: Instant) -> [Action] {
        var actions: [Action] = []
        guard let wake = nextWake, wake <= now else { return [] }
        switch phase {
        case .idle, .stopped: break
        case .resting: actions = launch(now: now)
        case .starting: fail(because: "it said no hello within \(Self.helloLimit.words)", now: now, &actions)
        case .ready: hang(now: now, &actions)
        case .closing(_, let words): fail(because: words, listens: true, now: now, &actions)
        case .dying(_, let listens):
            phase = .dying(deadline: now + Self.deathLimit, listens: listens)
            finishAll(takesAllAsWritten: true, now: now, &actions)
        case .stopping(_, let signals):
            phase = .stopping(deadline: now + Self.terminationLimit, signals: signals + 1)
            actions.append(signals == 0 ? .terminate : .kill)
        }
        return actions
    }

    // MARK: Steps

    private mutating func launch(now: Instant) -> [Action] {
        phase = .starting(deadline: now + Self.helloLimit)
        line = []
        return [.launch, .write(hello, number: 0)]
    }

    /// Hands over waiting calls as far as the plugin takes them.
    private mutating func pump(now: Instant, _ actions: inout [Action]) {
        guard case .ready = phase else { return }
        while calls.count - waiting.count < concurrency, let number = waiting.first {
            waiting.removeFirst()
            guard let call = calls[number], case .waiting(let line) = call.progress else { continue }
            calls[number]?.progress = .handedOver(deadline: now + call.timeout)
            actions.append(.write(line, number: number))
        }
    }

    /// Whether the program's output is still believed.
    private var listens: Bool {
        switch phase {
        case .starting, .ready, .closing, .stopping: true
        case .dying(_, let listens): listens
        case .idle, .resting, .stopped: false
        }
    }

    private mutating func take(_ line: [UInt8], now: Instant, _ actions: inout [Action]) {
        do throws(PluginFault) {
            switch try PluginProtocol.read(line) {
            case .hello(let hello): try greet(hello, now: now, &actions)
            case .outcome(let number, let outcome): try answer(number, outcome, now: now, &actions)
            }
        } catch {
            fail(because: "it wrote a line that is no answer: \(error.detail)", now: now, &actions)
        }
    }

    private mutating func greet(_ hello: PluginHello, now: Instant, _ actions: inout [Action]) throws(PluginFault) {
        guard case .starting = phase else {
            if case .stopping = phase { return }
            throw PluginFault("it is a second hello")
        }
        phase = .ready(since: now)
        reason = nil
        concurrency = hello.concurrency ?? .max
        if !hello.unknownCapabilities.isEmpty {
            let names = hello.unknownCapabilities.joined(separator: ", ")
            actions.append(.note("the plugin names capabilities that are not known here: \(names)"))
        }
        actions.append(.said(hello))
        pump(now: now, &actions)
    }

    private mutating func answer(
        _ number: Int,
        _ outcome: PluginOutcome,
        now: Instant,
        _ actions: inout [Action]
    ) throws(PluginFault) {
        guard let call = calls[number], case .written = call.progress else {
            throw PluginFault("there is no open call \(number)")
        }
        guard outcome.answers(probe: call.isProbe) else {
            throw PluginFault("it does not answer the kind of call \(number)")
        }
        calls[number] = nil
        if !call.isAbandoned { actions.append(.finish(call: number, .success(outcome))) }
        pump(now: now, &actions)
        leaveIfDone(now: now, &actions)
    }

    private mutating func hang(now: Instant, _ actions: inout [Action]) {
        let limit = calls.values.filter { $0.progress.deadline.map { $0 <= now } ?? false }.map(\.timeout).min()
        let words = limit.map { " within \($0.words)" } ?? ""
        fail(because: "it did not answer a call\(words)", listens: true, now: now, &actions)
    }

    /// Ends the program, which is of no use any more.
    private mutating func fail(because words: String, listens: Bool = false, now: Instant, _ actions: inout [Action]) {
        reason = Self.down(words)
        actions.append(.failed(words))
        if case .stopping(_, let signals) = phase {
            phase = .stopping(deadline: now + Self.terminationLimit, signals: max(signals, 1))
        } else {
            noteGoodRun(now: now)
            phase = .dying(deadline: now + Self.deathLimit, listens: listens)
        }
        line = []
        actions.append(.kill)
    }

    private mutating func noteGoodRun(now: Instant) {
        if case .ready(let since) = phase, now - since >= Self.goodRun { failures = 0 }
    }

    private mutating func rest(now: Instant, _ actions: inout [Action]) {
        failures += 1
        let span = min(Self.firstRest * (1 << min(failures - 1, 6)), Self.longestRest)
        phase = .resting(until: now + span)
        finishAll(now: now, &actions)
        actions.append(.note("the plugin is started again in \(span.words)"))
    }

    /// Ends all calls: those that the program may have read as `uncertain`.
    private mutating func finishAll(takesAllAsWritten: Bool = false, now: Instant, _ actions: inout [Action]) {
        let failure = reason ?? Self.stopped
        for (number, call) in calls.sorted(by: { $0.key < $1.key }) where !call.isAbandoned {
            switch call.progress {
            case .written: actions.append(.finish(call: number, .failure(failure.asUncertain)))
            case .handedOver where takesAllAsWritten:
                actions.append(.finish(call: number, .failure(failure.asUncertain)))
            case .handedOver, .waiting: actions.append(.finish(call: number, .failure(failure)))
            }
        }
        calls = [:]
        waiting = []
    }

    private mutating func beginStopping(now: Instant, _ actions: inout [Action]) {
        phase = .stopping(deadline: now + Self.stopLimit, signals: 0)
        for number in waiting {
            calls[number] = nil
            actions.append(.finish(call: number, .failure(Self.stopped)))
        }
        waiting = []
        reason = Self.stopped
        actions.append(.closeInput)
    }

    private mutating func leaveIfDone(now: Instant, _ actions: inout [Action]) {
        if isLeaving, calls.isEmpty, case .ready = phase { beginStopping(now: now, &actions) }
    }
}

extension PluginMachine {
    fileprivate static func down(_ words: String) -> DeliveryError {
        DeliveryError(
            .transient,
            code: "plugin.down",
            detail: "the plugin does not run: \(words)",
            remedy: "see the lines of the plugin in the log of the gateway"
        )
    }

    fileprivate static let stopped = DeliveryError(
        .transient,
        code: "plugin.stopped",
        detail: "the gateway stops the plugin"
    )

    fileprivate static func cancelled(_ kind: DeliveryError.Kind) -> DeliveryError {
        DeliveryError(kind, scope: .message, code: "plugin.cancelled", detail: "the attempt was cancelled")
    }
}

extension DeliveryError {
    /// The same failure for a message that the plugin may have read.
    fileprivate var asUncertain: DeliveryError {
        DeliveryError(
            .uncertain,
            code: "plugin.unanswered",
            detail: "the message was handed over; \(detail)",
            remedy: remedy
        )
    }
}
