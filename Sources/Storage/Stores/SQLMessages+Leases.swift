// SPDX-License-Identifier: Apache-2.0
package import Gateway

extension SQLMessages {
    package func register(now: Timestamp) async throws(OutboxError) -> Registration {
        try await access.write { [access] (connection) throws(DatabaseError) in
            let now = try access.moment(connection, now)
            let lastSeen = try connection.row("SELECT max(seen_at) FROM gateways")?.int(0)
            let moment = SQLValue.integer(now.milliseconds)
            let number = try connection.row(
                "INSERT INTO gateways (started_at, seen_at) VALUES ($1, $1) RETURNING number",
                moment
            )?.int(0)
            guard let number else { throw DatabaseError(.broken, code: "gateways", detail: "no number was given") }
            // On a store that one process serves at a time, nobody else can be alive. Of others nothing is known yet: a store
            // that was away has heard of none of them either, and the first heartbeats tell.
            var takenOver: [String] = []
            if connection.dialect.servesAlone {
                _ = try connection.forgetGateways(unseenSince: .distantFuture, except: number)
                takenOver = try connection.freeAbandoned(now: now)
            }
            if let lastSeen, now.milliseconds - lastSeen > GatewayLife.pause.milliseconds {
                try connection.discountAge(since: lastSeen, now: now)
            }
            return Registration(holder: LeaseHolder(number: number), takenOver: takenOver)
        }
    }

    @discardableResult
    package func heartbeat(
        _ holder: LeaseHolder,
        timeout: Duration,
        now: Timestamp
    ) async throws(OutboxError) -> [String] {
        // Two small statements by themselves: they are all that an idle gateway says. A gateway that was silent itself begins
        // anew, and judges others only when it has been in touch for the whole time: else a store that answered nobody for a
        // while would be taken for the death of all but the first that comes back.
        let clock = access.clock
        _ = try await access.rows(
            """
            INSERT INTO gateways (number, started_at, seen_at) VALUES ($1, \(clock), \(clock))
            ON CONFLICT (number) DO UPDATE SET seen_at = excluded.seen_at, started_at =
                CASE WHEN gateways.seen_at <= excluded.seen_at - $3 THEN excluded.seen_at ELSE gateways.started_at END
            """,
            .integer(holder.number),
            .integer(now.milliseconds),
            .integer(timeout.milliseconds / 2)
        )
        let dead = try await access.rows(
            """
            SELECT number FROM gateways WHERE number <> $1 AND seen_at <= \(clock) - $3
                AND (SELECT started_at FROM gateways WHERE number = $1) <= \(clock) - $3
            """,
            .integer(holder.number),
            .integer(now.milliseconds),
            .integer(timeout.milliseconds)
        )
        guard !dead.isEmpty else { return [] }
        return try await access.write { [access] (connection) throws(DatabaseError) in
            let now = try access.moment(connection, now)
            guard try connection.forgetGateways(unseenSince: now - timeout, except: holder.number) else { return [] }
            return try connection.freeAbandoned(now: now)
        }
    }
}

private enum GatewayLife {
    /// A silence of all gateways that is longer counts as one in which none ran.
    static let pause = Duration.seconds(60)
}

extension DatabaseConnection {
    /// Forgets the gateways that were not heard of since a moment; tells whether there were any.
    fileprivate func forgetGateways(unseenSince limit: Timestamp, except holder: Int64) throws(DatabaseError) -> Bool {
        try execute(
            "DELETE FROM gateways WHERE seen_at <= $1 AND number <> $2",
            .integer(limit.milliseconds),
            .integer(holder)
        ) > 0
    }

    /// Frees what is leased to gateways that are forgotten.
    ///
    /// - Returns: The messages that were being sent: they may have been handed over, so that counts as a try.
    func freeAbandoned(now: Timestamp) throws(DatabaseError) -> [String] {
        let abandoned = "lease IS NOT NULL AND lease NOT IN (SELECT number FROM gateways)"
        let moment = SQLValue.integer(now.milliseconds)
        let tried = try rows(
            """
            UPDATE \(dialect.queue) SET lease = NULL, claim_at = due_at, updated_at = $1, state = 'queued',
                attempts = attempts + 1, event_count = event_count + 1
            WHERE \(abandoned) AND state = 'sending' RETURNING seq, event_count, id, provider
            """,
            moment
        )
        try append(
            tried.compactMap { row in
                guard let seq = row.int(0), let number = row.int(1) else { return nil }
                let detail = "taken over from a gateway that died"
                let event = MessageEvent(at: now, kind: .attempted, provider: row.text(3), detail: detail)
                return EventRow(message: seq, number: number, event: event)
            }
        )
        // One whose time has not come keeps it: `send_at` is a promise too.
        let waiting = try execute(
            """
            UPDATE \(dialect.queue) SET lease = NULL, claim_at = due_at, updated_at = $1,
                state = CASE WHEN state = 'scheduled' AND due_at > $1 THEN 'scheduled' ELSE 'queued' END
            WHERE \(abandoned)
            """,
            moment
        )
        if waiting > 0 || !tried.isEmpty { try announce(.queue) }
        return tried.compactMap { $0.text(2) }
    }

    /// Moves the age of waiting messages on by the time in which no gateway ran.
    ///
    /// What is parked keeps its age already; what began to age within the time begins anew.
    fileprivate func discountAge(since lastSeen: Int64, now: Timestamp) throws(DatabaseError) {
        // What is leased, to gateways that may be dead, waited as well; each condition is one that an index has.
        for condition in ["lease IS NULL AND state IN ('queued', 'scheduled')", "lease IS NOT NULL"] {
            try execute(
                """
                UPDATE \(dialect.queue) SET aged_from = CASE WHEN aged_from <= $1 THEN aged_from + ($2 - $1) ELSE $2 END
                WHERE \(condition) AND aged_from < $2
                """,
                .integer(lastSeen),
                .integer(now.milliseconds)
            )
        }
    }
}
