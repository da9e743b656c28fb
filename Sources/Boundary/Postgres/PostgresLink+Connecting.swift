// SPDX-License-Identifier: Apache-2.0
internal import CPostgres

extension PostgresLink {
    /// Connects to the first host that answers and takes writes, beginning with the one numbered `first`.
    ///
    /// The error is that of the first host tried which answered at all, else of the last.
    package static func connect(_ settings: PostgresSettings, first: Int = 0) throws(PostgresError) -> PostgresLink {
        var failure: PostgresError?
        let count = settings.hosts.count
        for offset in 0..<count {
            let index = (first + offset) % count
            do throws(PostgresError) {
                return try connect(settings, to: index)
            } catch {
                // A refusal tells more than a host that cannot be reached.
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
        // Until the first call of PQconnectPoll one waits as if it had asked to write.
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

    /// What holds for the session; a pooler's sessions are shared, and not ours to change.
    private func setUp(_ settings: PostgresSettings) throws(PostgresError) {
        guard !settings.isPooled else { return }
        let milliseconds = settings.statementTimeout.components.seconds * 1000
        // A little less than our own patience, so that the server's words arrive. A table that was empty when a plan was made
        // may be full before the server's statistics say so: plans go by indexes, and are not compiled.
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

    /// Takes the SQLSTATE out of the library's message, which reads `… FATAL:  28P01: password authentication failed …`.
    private static func refusal(_ message: String) -> PostgresError {
        let words = message.split(whereSeparator: { $0.isWhitespace })
        let severity = words.firstIndex { $0 == "FATAL:" || $0 == "PANIC:" || $0 == "ERROR:" }
        guard let severity, words.indices.contains(severity + 1) else { return ownRefusal(message) }
        let state = words[severity + 1].dropLast()
        guard state.count == 5, words[severity + 1].last == ":" else { return .lost(message) }
        let rest = words[(severity + 2)...].prefix { !["DETAIL:", "HINT:", "LOCATION:"].contains($0) }
        return PostgresError(state: String(state), message: rest.joined(separator: " "))
    }

    /// What the library refuses by itself, without a SQLSTATE; all but these faults may pass.
    private static func ownRefusal(_ message: String) -> PostgresError {
        if message.contains("no password supplied") { return PostgresError(state: "28P01", message: message) }
        if message.contains("received invalid response to SSL negotiation") {
            return PostgresError(state: "08P01", message: message)
        }
        // Of a parameter of the URL: it never passes.
        return message.hasPrefix("invalid ") ? PostgresError(state: "22023", message: message) : .lost(message)
    }
}
