// SPDX-License-Identifier: Apache-2.0
import Gateway

/// One caller's part of a shared commit, with the type of its result hidden.
struct SharedOperation: Sendable {
    /// Hands the caller its result; called once, after the commit.
    typealias Resumption = @Sendable () -> Void

    let run: @Sendable (any DatabaseConnection) throws(DatabaseError) -> Resumption
    let fail: @Sendable (DatabaseError) -> Void

    init<T: Sendable>(
        _ operation: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T,
        completion: @escaping @Sendable (Result<T, DatabaseError>) -> Void
    ) {
        run = { (connection) throws(DatabaseError) in
            let value = try operation(connection)
            return { completion(.success(value)) }
        }
        fail = { completion(.failure($0)) }
    }

    /// Runs so that a failure undoes this operation alone and becomes its caller's result.
    ///
    /// Throws only when the engine is unavailable: then the whole transaction is in doubt.
    func runApart(_ connection: any DatabaseConnection) throws(DatabaseError) -> Resumption {
        try connection.execute("SAVEPOINT operation")
        let resumption: Resumption
        do throws(DatabaseError) {
            let succeeded = try run(connection)
            // What fails late must fail here, where it concerns this operation alone.
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
