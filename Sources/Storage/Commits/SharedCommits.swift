// SPDX-License-Identifier: Apache-2.0
package import SQL
import Synchronization

/// Lets operations that arrive while a commit is under way share the next one.
///
/// An operation that arrives when no commit is under way is committed at once. Every caller resumes when its own
/// operation is on disk; a cancelled caller waits as well, and its operation is completed.
package final class SharedCommits: Sendable {
    /// Called after each commit with the number of its operations and its duration.
    package typealias Observer = @Sendable (_ operations: Int, _ duration: Duration) -> Void

    /// The most operations in one commit: limits how long the first of them waits for the last.
    static let capacity = 1000

    private struct State {
        var waiting: [SharedOperation] = []
        var committing = 0
        var failure: DatabaseError?
        var operations = 0
    }

    private let database: any Database
    private let onCommit: Observer?
    private let width: Int
    private let state = Mutex(State())

    /// Makes up to `width` commits at a time (more than one only for an engine with several writers); `onCommit` is
    /// called after each.
    package init(_ database: any Database, width: Int = 1, onCommit: Observer? = nil) {
        self.database = database
        self.width = width
        self.onCommit = onCommit
    }

    /// Runs `operation` in a transaction that it may share with others.
    ///
    /// When it throws, its writes are rolled back and the others are not affected. It may run more than once and must
    /// have no effects outside its connection. When the engine is ``DatabaseError/Kind/unavailable``, all operations
    /// of the commit fail.
    package func perform<T: Sendable>(
        _ operation: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T {
        try await perform(operation) { _, value in value }
    }

    /// Runs an operation in two steps, so that operations that share a commit wait for the engine together.
    ///
    /// `ask` sends its queries by ``DatabaseConnection/ask(_:_:)``; `take` runs when they are answered, and sends no
    /// further query that it waits for.
    package func perform<Question, T: Sendable>(
        _ ask: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> Question,
        _ take: @escaping @Sendable (any DatabaseConnection, Question) throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T {
        let result: Result<T, DatabaseError> = await withCheckedContinuation { continuation in
            enqueue(SharedOperation(ask, take) { continuation.resume(returning: $0) })
        }
        return try result.get()
    }

    /// The number of operations so far.
    package var operations: Int { state.withLock(\.operations) }

    /// Why the last attempted commit failed, when the engine was full, locked or gone; nil when it succeeded.
    package var failure: DatabaseError? { state.withLock(\.failure) }

    private func enqueue(_ operation: SharedOperation) {
        let begins = state.withLock { state in
            state.waiting.append(operation)
            state.operations += 1
            guard state.committing < width else { return false }
            state.committing += 1
            return true
        }
        guard begins else { return }
        Task { await commitAll() }
    }

    private func commitAll() async {
        while let batch = nextBatch() {
            let began = ContinuousClock.now
            do throws(DatabaseError) {
                try await commit(batch)
                state.withLock { $0.failure = nil }
                onCommit?(batch.count, ContinuousClock.now - began)
            } catch {
                state.withLock { $0.failure = error.kind == .unavailable ? error : nil }
                for operation in batch { operation.fail(error) }
            }
        }
    }

    private func nextBatch() -> [SharedOperation]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.committing -= 1
                return nil
            }
            guard state.waiting.count > Self.capacity else {
                defer { state.waiting = [] }
                return state.waiting
            }
            defer { state.waiting.removeFirst(Self.capacity) }
            return Array(state.waiting.prefix(Self.capacity))
        }
    }

    /// Commits a batch and resumes its callers; throws when it has resumed none of them.
    private func commit(_ batch: [SharedOperation]) async throws(DatabaseError) {
        let resumptions: [SharedOperation.Resumption]
        do throws(DatabaseError) {
            resumptions = try await database.write { (connection) throws(DatabaseError) in
                try batch.run(connection)
            }
        } catch {
            guard error.kind != .unavailable, batch.count > 1 else { throw error }
            resumptions = try await database.write { (connection) throws(DatabaseError) in
                try batch.map { (operation) throws(DatabaseError) in try operation.runApart(connection) }
            }
        }
        for resume in resumptions { resume() }
    }
}

/// A database whose writes share commits with those of other callers, for features on top of the gateway.
package struct SharedCommitDatabase: Database {
    private let database: any Database
    private let commits: SharedCommits

    init(_ database: any Database, _ commits: SharedCommits) {
        self.database = database
        self.commits = commits
    }

    package var dialect: SQLDialect { database.dialect }

    package func write<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T {
        try await commits.perform(work)
    }

    package func read<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T {
        try await database.read(work)
    }
}
