// SPDX-License-Identifier: Apache-2.0
import Boundary
import SQL

/// A session inside one transaction.
struct PostgresConnection: DatabaseConnection {
    let dialect = SQLDialect.postgres

    private let link: PostgresLink
    private let announced = Announced()

    init(_ link: PostgresLink) {
        self.link = link
    }

    /// The topics announced at the end of the transaction, each once.
    private final class Announced {
        var topics: Set<StoreTopic> = []
    }

    func rows(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> [SQLRow] {
        try answer(sql, values).rows.map(SQLRow.init)
    }

    func execute(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> Int {
        try answer(sql, values).affected
    }

    func post(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) {
        do throws(PostgresError) { try link.post(sql, values.map(\.parameter)) } catch { throw DatabaseError(error) }
    }

    func ask(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> SQLPromise {
        let promise = SQLPromise()
        do throws(PostgresError) {
            try link.post(sql, values.map(\.parameter)) { answer in promise.rows = answer.rows.map(SQLRow.init) }
        } catch {
            throw DatabaseError(error)
        }
        return promise
    }

    func flush() throws(DatabaseError) {
        do throws(PostgresError) { try link.finish() } catch { throw DatabaseError(error) }
    }

    func announce(_ topic: StoreTopic) throws(DatabaseError) {
        announced.topics.insert(topic)
    }

    /// Posts the announcements; must be called last.
    fileprivate func announceAll() throws(DatabaseError) {
        for topic in announced.topics { try post(PostgresAnnouncements.statement, [.text(topic.rawValue)]) }
    }

    private func answer(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> PostgresAnswer {
        do throws(PostgresError) { return try link.run(sql, values.map(\.parameter)) } catch {
            throw DatabaseError(error)
        }
    }
}

extension PostgresLink {
    /// Runs `work` between `begin` and `COMMIT`; rolls back when it throws.
    func transaction<T>(
        _ begin: String,
        _ work: (any DatabaseConnection) throws(DatabaseError) -> T
    ) throws(DatabaseError) -> T {
        let result: T
        do throws(DatabaseError) {
            try begun(begin)
            let connection = PostgresConnection(self)
            result = try work(connection)
            try connection.announceAll()
            try committed()
        } catch {
            undo()
            throw error
        }
        return result
    }

    private func begun(_ begin: String) throws(DatabaseError) {
        do throws(PostgresError) { try post(begin) } catch { throw DatabaseError(error) }
    }

    private func committed() throws(DatabaseError) {
        do throws(PostgresError) {
            // COMMIT would silently roll back such a transaction.
            guard !isInFailedTransaction else {
                throw PostgresError(state: "25P02", message: "a statement was refused")
            }
            try post("COMMIT")
            try finish()
        } catch {
            throw DatabaseError(error)
        }
    }

    private func undo() {
        // If the rollback fails, the end of the connection rolls back.
        _ = try? finish()
        guard isUsable, isInTransaction else { return }
        _ = try? run("ROLLBACK")
    }
}

extension SQLValue {
    fileprivate var parameter: PostgresValue {
        switch self {
        case .null: .null
        case .integer(let value): .integer(value)
        case .real(let value): .real(value)
        case .text(let value): .text(value)
        case .blob(let value): .bytes(value)
        }
    }

    fileprivate init(_ value: PostgresValue) {
        self =
            switch value {
            case .null: .null
            case .integer(let value): .integer(value)
            case .real(let value): .real(value)
            case .text(let value): .text(value)
            case .bytes(let value): .blob(value)
            }
    }
}

extension SQLRow {
    fileprivate init(_ values: [PostgresValue]) {
        self.init(values.map(SQLValue.init))
    }
}

extension DatabaseError {
    init(_ error: PostgresError) {
        let kind: Kind = error.isPassing ? .unavailable : error.isConstraint ? .constraint : .broken
        self.init(kind, code: error.state, detail: error.message)
    }
}
