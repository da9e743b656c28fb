// SPDX-License-Identifier: Apache-2.0
import SQL

/// One caller's part of a shared commit, with a type-erased result.
struct SharedOperation: Sendable {
    /// Resumes the caller with its result; called once, after the commit.
    typealias Resumption = @Sendable () -> Void
    /// The second step, run once all queries are answered.
    typealias Rest = (any DatabaseConnection) throws(DatabaseError) -> Resumption

    /// Sends the operation's queries; the rest follows when all operations of the commit have sent theirs.
    let begin: @Sendable (any DatabaseConnection) throws(DatabaseError) -> Rest
    let fail: @Sendable (DatabaseError) -> Void

    init<Question, T: Sendable>(
        _ ask: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> Question,
        _ take: @escaping @Sendable (any DatabaseConnection, Question) throws(DatabaseError) -> T,
        completion: @escaping @Sendable (Result<T, DatabaseError>) -> Void
    ) {
        begin = { (connection) throws(DatabaseError) in
            let question = try ask(connection)
            return { (connection) throws(DatabaseError) in
                let value = try take(connection, question)
                return { completion(.success(value)) }
            }
        }
        fail = { completion(.failure($0)) }
    }

    /// Runs so that a failure rolls back this operation only and becomes its caller's result.
    ///
    /// Throws only when the engine is unavailable: then the whole transaction is in doubt.
    func runApart(_ connection: any DatabaseConnection) throws(DatabaseError) -> Resumption {
        try connection.execute("SAVEPOINT operation")
        let resumption: Resumption
        do throws(DatabaseError) {
            let rest = try begin(connection)
            try connection.flush()
            let succeeded = try rest(connection)
            // A late failure must be thrown here, where it affects this operation only.
            try connection.flush()
            resumption = succeeded
        } catch {
            guard error.kind != .unavailable else { throw error }
            try connection.execute("ROLLBACK TO SAVEPOINT operation")
            resumption = { fail(error) }
        }
        try connection.execute("RELEASE SAVEPOINT operation")
        return resumption
    }
}

extension [SharedOperation] {
    /// Runs all operations; over a network they send their queries together, and wait once.
    func run(_ connection: any DatabaseConnection) throws(DatabaseError) -> [SharedOperation.Resumption] {
        let rests = try map { (operation) throws(DatabaseError) in try operation.begin(connection) }
        try connection.flush()
        return try rests.map { (rest) throws(DatabaseError) in try rest(connection) }
    }
}
