// SPDX-License-Identifier: Apache-2.0
internal import CPostgres

/// One session with a server, in pipeline mode (PostgreSQL manual, section 34.5): several statements are sent at
/// once.
///
/// Not thread-safe. Its calls block, each at most as long as the settings allow. After an error that breaks the
/// connection nothing more is sent, and every call fails.
package final class PostgresLink {
    /// A statement that was sent and has no result yet.
    private enum Step {
        case preparation(of: String)
        case statement(tell: ((PostgresAnswer) -> Void)?)
    }

    /// The most statements that wait for results, so that memory stays bounded.
    private static let window = 500
    /// Statements whose texts differ from call to call would fill the session with plans.
    private static let preparedLimit = 400

    let handle: PostgresHandle
    /// The index of the host that answered.
    package let host: Int
    private let settings: PostgresSettings
    private let notices: PostgresNotices
    private var prepared: [String: String] = [:]
    private var steps: [Step] = []
    private var isSpoiled = false

    private init(_ handle: consuming PostgresHandle, host: Int, _ settings: PostgresSettings) {
        self.handle = handle
        self.host = host
        self.settings = settings
        // Without a receiver the library writes notices to standard error, between the lines of the log.
        notices = PostgresNotices(settings.onNotice ?? { _ in })
        unsafe notices.listen(to: self.handle.raw)
        unsafe PQsetnonblocking(self.handle.raw, 1)
        unsafe PQenterPipelineMode(self.handle.raw)
        // From here on only the messages of the server; their codes are read separately.
        unsafe PQsetErrorVerbosity(self.handle.raw, PQERRORS_TERSE)
    }

    /// False when only a new connection helps.
    package var isUsable: Bool { !isSpoiled && handle.isGood }

    /// False also when the server has ended an idle session; checks without waiting.
    package func isStillOpen() -> Bool {
        guard isUsable else { return false }
        // All pending input is read: only then does the end of the connection show.
        while handle.isReadable {
            guard unsafe PQconsumeInput(handle.raw) == 1 else {
                spoil()
                return false
            }
        }
        return true
    }

    /// True after a statement failed within a transaction, which can then only be rolled back.
    package var isInFailedTransaction: Bool { unsafe PQtransactionStatus(handle.raw) == PQTRANS_INERROR }

    /// True between `BEGIN` and the end of a transaction, according to the results read so far.
    package var isInTransaction: Bool { unsafe PQtransactionStatus(handle.raw) != PQTRANS_IDLE }

    /// 150012 for version 15.12.
    package var serverVersion: Int { unsafe Int(PQserverVersion(handle.raw)) }

    /// Marks the connection as unusable, so that the next one is new; behind a pooler also to another host.
    package func abandon() { isSpoiled = true }

    /// Sends a statement and waits for its result, and for those of statements sent before it.
    package func run(_ sql: String, _ values: [PostgresValue] = []) throws(PostgresError) -> PostgresAnswer {
        try post(sql, values)
        return try finish()
    }

    /// Sends a statement without waiting; its result is dropped, and a failure is thrown by the next ``run(_:_:)`` or
    /// ``finish()``.
    ///
    /// `tell` gets the result by then, unless there is none.
    package func post(
        _ sql: String,
        _ values: [PostgresValue] = [],
        tell: ((PostgresAnswer) -> Void)? = nil
    ) throws(PostgresError) {
        if steps.count >= Self.window { _ = try finish() }
        let parameters = try PostgresParameters(values)
        guard isUsable else { throw .lost("") }
        guard !settings.isPooled, prepared[sql] != nil || prepared.count < Self.preparedLimit else {
            // Unnamed: a pooler may route the next transaction to another session, which does not have the prepared
            // statement.
            return try sent(
                unsafe parameters.lend { count, values, lengths, formats in
                    unsafe PQsendQueryParams(handle.raw, sql, count, parameters.types, values, lengths, formats, 1)
                },
                tell
            )
        }
        let name = try prepare(sql, parameters.types)
        try sent(
            unsafe parameters.lend { count, values, lengths, formats in
                unsafe PQsendQueryPrepared(handle.raw, name, count, values, lengths, formats, 1)
            },
            tell
        )
    }

    private func prepare(_ sql: String, _ types: [UInt32]) throws(PostgresError) -> String {
        if let name = prepared[sql] { return name }
        let name = "s\(prepared.count + 1)"
        guard unsafe PQsendPrepare(handle.raw, name, sql, Int32(types.count), types) == 1 else { throw spoil() }
        steps.append(.preparation(of: sql))
        prepared[sql] = name
        return name
    }

    private func sent(_ status: Int32, _ tell: ((PostgresAnswer) -> Void)?) throws(PostgresError) {
        guard status == 1 else { throw spoil() }
        steps.append(.statement(tell: tell))
    }

    /// Waits for the results of all statements sent; returns the last one, or throws the first error.
    @discardableResult
    package func finish() throws(PostgresError) -> PostgresAnswer {
        guard isUsable else { throw .lost("") }
        guard !steps.isEmpty else { return PostgresAnswer() }
        guard unsafe PQpipelineSync(handle.raw) == 1 else { throw spoil() }
        let deadline = ContinuousClock.now + settings.statementTimeout
        var answer = PostgresAnswer()
        var refusal: PostgresError?
        defer { steps.removeAll(keepingCapacity: true) }
        for step in steps {
            do throws(PostgresError) {
                answer = try collect(until: deadline)
                if case .statement(let tell?) = step { tell(answer) }
            } catch {
                guard !error.isConnectionLost else { throw error }
                if case .preparation(let sql) = step { prepared[sql] = nil }
                // The server skips the statements after a failed one; the first error is the cause.
                refusal = refusal ?? error
            }
        }
        try collectSync(until: deadline)
        guard let refusal else { return answer }
        if refusal.spoilsConnection { isSpoiled = true }
        throw refusal
    }

    /// The result of one step, up to the null that ends it.
    private func collect(until deadline: ContinuousClock.Instant) throws(PostgresError) -> PostgresAnswer {
        var answer = PostgresAnswer()
        var refusal: PostgresError?
        while let raw = unsafe try next(until: deadline) {
            let result = unsafe PostgresResult(owning: raw)
            switch result.status {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK: answer = try result.answer()
            case PGRES_PIPELINE_ABORTED:
                refusal = PostgresError(state: "25P02", message: "skipped, because a statement before it was refused")
            default:
                refusal = result.error
                if !handle.isGood { throw spoil(refusal) }
            }
        }
        if let refusal { throw refusal }
        return answer
    }

    private func collectSync(until deadline: ContinuousClock.Instant) throws(PostgresError) {
        guard let raw = unsafe try next(until: deadline) else { throw spoil() }
        let result = unsafe PostgresResult(owning: raw)
        guard result.status == PGRES_PIPELINE_SYNC else { throw spoil(result.error) }
    }

    /// The next result, or null at the end of a step.
    private func next(until deadline: ContinuousClock.Instant) throws(PostgresError) -> OpaquePointer? {
        while true {
            let flushed = unsafe PQflush(handle.raw)
            guard flushed >= 0 else { throw spoil() }
            let isBusy = unsafe PQisBusy(handle.raw) == 1
            guard flushed == 1 || isBusy else { break }
            guard handle.wait(reading: true, writing: flushed == 1, until: deadline) else {
                cancel()
                throw spoil(.lost("the server did not answer within \(settings.statementTimeout.components.seconds) s"))
            }
            guard unsafe PQconsumeInput(handle.raw) == 1 else { throw spoil() }
        }
        return unsafe PQgetResult(handle.raw)
    }

    /// Marks the connection as broken: nothing more is sent over it.
    @discardableResult
    func spoil(_ error: PostgresError? = nil) -> PostgresError {
        isSpoiled = true
        return .lost(error?.message ?? handle.lastError)
    }

    /// Requests the server to cancel the current statement; on a thread of its own, because the library waits for the
    /// network there.
    private func cancel() {
        guard let order = unsafe PQgetCancel(handle.raw) else { return }
        let cancellation = unsafe PostgresCancellation(order)
        // Without a thread the server notices by itself, when it writes to the closed connection.
        _ = BlockingThread.start { cancellation.send() }
    }
}

extension PostgresLink {
    /// Connects to the first host that answers and takes writes, starting with the one numbered `first`.
    ///
    /// The error is that of the first tried host that answered at all, else of the last.
    package static func connect(_ settings: PostgresSettings, first: Int = 0) throws(PostgresError) -> PostgresLink {
        var failure: PostgresError?
        let count = settings.hosts.count
        for offset in 0..<count {
            let index = (first + offset) % count
            do throws(PostgresError) {
                return try connect(settings, to: index)
            } catch {
                // An error from a server says more than a host that cannot be reached.
                if failure == nil || failure?.isConnectionLost == true { failure = error }
            }
        }
        throw failure ?? .lost("no host is named")
    }

    private static func connect(_ settings: PostgresSettings, to index: Int) throws(PostgresError) -> PostgresLink {
        let host = settings.hosts[index]
        var parameters = settings.parameters
        parameters["host"] = host.name
        parameters["hostaddr"] = host.address
        parameters["port"] = host.port
        guard let handle = PostgresHandle(parameters) else { throw .lost("memory is short") }
        let deadline = ContinuousClock.now + settings.connectTimeout
        guard unsafe PQstatus(handle.raw) != CONNECTION_BAD else { throw refusal(handle.lastError) }
        // Before the first call of PQconnectPoll the caller waits as if for writing.
        var status = PGRES_POLLING_WRITING
        while status != PGRES_POLLING_OK {
            let isWriting = status == PGRES_POLLING_WRITING
            guard handle.wait(reading: !isWriting, writing: isWriting, until: deadline) else {
                let words = "no answer within \(settings.connectTimeout.components.seconds) s"
                throw .lost("\(words) from \(host.name ?? host.address ?? "the local socket"):\(host.port ?? "5432")")
            }
            status = unsafe PQconnectPoll(handle.raw)
            guard status != PGRES_POLLING_FAILED else { throw refusal(handle.lastError) }
        }
        let link = PostgresLink(handle, host: index, settings)
        try link.setUp(settings)
        return link
    }

    /// Sets the session's parameters; the sessions of a pooler are shared and must not be changed.
    private func setUp(_ settings: PostgresSettings) throws(PostgresError) {
        guard !settings.isPooled else { return }
        let milliseconds = settings.statementTimeout.components.seconds * 1000
        // A little less than this client's own time limit, so that the server's message arrives. A table that was
        // empty when a plan was made may be full before the server's statistics show it: plans use indexes, and are
        // not compiled.
        _ = try run(
            """
            SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false),
                set_config('idle_in_transaction_session_timeout', $1, false),
                set_config('client_min_messages', 'warning', false), set_config('enable_seqscan', 'off', false),
                set_config('jit', 'off', false), set_config('default_transaction_isolation', 'read committed', false)
            """,
            [.text("\(milliseconds * 9 / 10)"), .text("\(milliseconds / 2)")]
        )
    }

    /// Extracts the SQLSTATE from the library's message: `… FATAL:  28P01: password authentication failed …`.
    private static func refusal(_ message: String) -> PostgresError {
        let words = message.split(whereSeparator: { $0.isWhitespace })
        let severity = words.firstIndex { $0 == "FATAL:" || $0 == "PANIC:" || $0 == "ERROR:" }
        guard let severity, words.indices.contains(severity + 1) else { return ownRefusal(message) }
        let state = words[severity + 1].dropLast()
        guard state.count == 5, words[severity + 1].last == ":" else { return .lost(message) }
        let rest = words[(severity + 2)...].prefix { !["DETAIL:", "HINT:", "LOCATION:"].contains($0) }
        return PostgresError(state: String(state), message: rest.joined(separator: " "))
    }

    /// Errors of the library itself, without a SQLSTATE; all but these may be temporary.
    private static func ownRefusal(_ message: String) -> PostgresError {
        if message.contains("no password supplied") { return PostgresError(state: "28P01", message: message) }
        if message.contains("received invalid response to SSL negotiation") {
            return PostgresError(state: "08P01", message: message)
        }
        // An invalid parameter of the URL is a permanent error.
        return message.hasPrefix("invalid ") ? PostgresError(state: "22023", message: message) : .lost(message)
    }
}

/// A cancel request, which is independent of its connection (PostgreSQL manual, section 34.7).
///
/// `@unchecked`: the pointer is created on one thread, passed on, and used and freed on the other only.
@safe private final class PostgresCancellation: @unchecked Sendable {
    private let order: OpaquePointer

    init(_ order: OpaquePointer) {
        unsafe self.order = unsafe order
    }

    deinit { unsafe PQfreeCancel(order) }

    /// Sends the request; it may arrive too late.
    func send() {
        let size = 256
        let words = UnsafeMutablePointer<CChar>.allocate(capacity: size)
        defer { unsafe words.deallocate() }
        unsafe PQcancel(order, words, Int32(size))
    }
}
