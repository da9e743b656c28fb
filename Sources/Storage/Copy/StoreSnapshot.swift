// SPDX-License-Identifier: Apache-2.0
import Dispatch
import SQL
import Synchronization

/// One snapshot of a database, read in pieces while other connections write.
///
/// A transaction occupies a thread of its database; this type sends queries to it and returns the results.
final class StoreSnapshot: Sendable {
    private struct Question: Sendable {
        let sql: String
        let values: [SQLValue]
        let answer: CheckedContinuation<Result<[SQLRow], DatabaseError>, Never>
    }

    private struct State {
        var questions: [Question] = []
        var hasBegun = false
        /// Why no query is answered any more.
        var end: DatabaseError?
    }

    let dialect: SQLDialect
    private let state = Mutex(State())
    private let arrival = DispatchSemaphore(value: 0)

    private init(_ dialect: SQLDialect) {
        self.dialect = dialect
    }

    /// Takes a snapshot that lasts while `work` runs.
    static func of<T, Failure: Error>(
        _ database: any Database,
        _ work: (StoreSnapshot) async throws(Failure) -> T
    ) async throws(Failure) -> T {
        let snapshot = StoreSnapshot(database.dialect)
        let reading = Task {
            do throws(DatabaseError) {
                try await database.read { (connection) throws(DatabaseError) in try snapshot.serve(connection) }
            } catch {
                snapshot.end(error)
            }
        }
        let result: Result<T, Failure>
        do throws(Failure) { result = .success(try await work(snapshot)) } catch { result = .failure(error) }
        snapshot.end(DatabaseError(.broken, code: "snapshot", detail: "it has ended"))
        await reading.value
        return try result.get()
    }

    func rows(_ sql: String, _ values: [SQLValue] = []) async throws(DatabaseError) -> [SQLRow] {
        let answer = await withCheckedContinuation { continuation in
            let end = state.withLock { state -> DatabaseError? in
                guard state.end == nil else { return state.end }
                state.questions.append(Question(sql: sql, values: values, answer: continuation))
                return nil
            }
            if let end { continuation.resume(returning: .failure(end)) } else { arrival.signal() }
        }
        return try answer.get()
    }

    /// Answers queries until the end; blocks a thread of the database.
    private func serve(_ connection: any DatabaseConnection) throws(DatabaseError) {
        let isFirst = state.withLock { state in
            defer { state.hasBegun = true }
            return !state.hasBegun
        }
        // A transaction that the engine runs again would see another state.
        guard isFirst else { throw DatabaseError(.unavailable, code: "snapshot", detail: "the connection was lost") }
        if connection.dialect == .postgres {
            // It waits for the other store, without a time limit.
            _ = try connection.rows("SELECT set_config('idle_in_transaction_session_timeout', '0', true)")
        }
        while let question = next() {
            let answer = Result { () throws(DatabaseError) in try connection.rows(question.sql, question.values) }
            question.answer.resume(returning: answer)
        }
    }

    private func next() -> Question? {
        arrival.wait()
        return state.withLock { $0.questions.isEmpty ? nil : $0.questions.removeFirst() }
    }

    /// Pending callers get the error; the thread is released.
    private func end(_ error: DatabaseError) {
        let unanswered = state.withLock { state in
            defer { state.questions = [] }
            state.end = state.end ?? error
            return state.questions
        }
        for question in unanswered { question.answer.resume(returning: .failure(error)) }
        arrival.signal()
    }
}

/// Reads a table by its key, in pages of bounded size in memory.
struct SnapshotPages {
    /// The page size of tables with small rows.
    private static let rows = 500
    /// For tables with large rows: the most rows and bytes of a page, which has at least one row.
    private static let (largeRows, bytes) = (100, 4 << 20)

    let table: Table
    let snapshot: StoreSnapshot
    private var last: [SQLValue]?

    init(_ table: Table, _ snapshot: StoreSnapshot) {
        (self.table, self.snapshot) = (table, snapshot)
    }

    /// The next rows; nil at the end.
    mutating func page(of side: CopySide) async throws(SchemaError) -> [SQLRow]? {
        do throws(DatabaseError) {
            let page = try await next()
            return page.isEmpty ? nil : page
        } catch {
            throw .copying(side, error)
        }
    }

    private mutating func next() async throws(DatabaseError) -> [SQLRow] {
        let limit = try await limit()
        guard limit > 0 else { return [] }
        let page = try await snapshot.rows(
            table.page(behind: last != nil, snapshot.dialect),
            [.integer(Int64(limit))] + (last ?? [])
        )
        last = page.last.map(table.key(of:))
        return page
    }

    /// The number of rows of the next page.
    private func limit() async throws(DatabaseError) -> Int {
        guard !table.large.isEmpty else { return Self.rows }
        let sizes = try await snapshot.rows(
            table.sizes(behind: last != nil, snapshot.dialect),
            [.integer(Int64(Self.largeRows))] + (last ?? [])
        )
        var (count, sum) = (0, Int64(0))
        for size in sizes {
            sum += size.int(0) ?? 0
            guard count == 0 || sum <= Self.bytes else { break }
            count += 1
        }
        return count
    }
}
