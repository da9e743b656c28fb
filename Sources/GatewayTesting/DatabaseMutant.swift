// SPDX-License-Identifier: Apache-2.0
public import SQL
import Synchronization

/// A database that breaks exactly one law, which the suite must find; it tests the suite.
public final class DatabaseMutant: Database {
    private let base: any Database
    private let law: DatabaseConformance.Law
    private let memory = MutantMemory()

    public init(_ base: any Database, breaking law: DatabaseConformance.Law) {
        self.base = base
        self.law = law
    }

    public var dialect: SQLDialect { base.dialect }

    public func write<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T {
        let fault = law == .cancellationLeavesNoHalf && !Task.isCancelled ? nil : law
        let result = try await base.write { [memory] (connection) throws(DatabaseError) in
            let mutant = MutantConnection(base: connection, fault: fault, memory: memory, isWriting: true)
            let result = Result { () throws(DatabaseError) in try work(mutant) }
            if fault != .undoesWhatThrew { _ = try result.get() }
            return result
        }
        return try result.get()
    }

    public func read<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T {
        guard law != .readsChangeNothing else { return try await base.write(work) }
        return try await base.read { [law, memory] (connection) throws(DatabaseError) in
            try work(MutantConnection(base: connection, fault: law, memory: memory, isWriting: false))
        }
    }
}

/// The state that a mutant keeps between transactions.
private final class MutantMemory: Sendable {
    let stale = Mutex<[SQLRow]?>(nil)
}

private struct MutantConnection: DatabaseConnection {
    let base: any DatabaseConnection
    let fault: DatabaseConformance.Law?
    let memory: MutantMemory
    let isWriting: Bool

    var dialect: SQLDialect { base.dialect }

    func rows(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> [SQLRow] {
        let rows = try base.rows(text(sql), bound(values))
        switch fault {
        case .readsSeeWhatWasWritten where rows.count == 5: return rows.dropLast()
        case .writesDoNotInterleave where isWriting:
            return memory.stale.withLock { stale in
                defer { stale = rows }
                return stale ?? rows
            }
        default: return rows
        }
    }

    func execute(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> Int {
        // The second of a pair has an odd number.
        if fault == .cancellationLeavesNoHalf, case .integer(let number) = values.first, number % 2 == 1 { return 0 }
        do throws(DatabaseError) {
            let count = try base.execute(text(sql), bound(values))
            return fault == .countsChanges ? max(count, 1) : count
        } catch {
            guard fault == .errorsAreTold else { throw error }
            throw DatabaseError(.broken, code: error.code, detail: error.detail)
        }
    }

    private func text(_ sql: String) -> String {
        fault == .quotedParametersAreText ? sql.replacing("'$1", with: "'?1") : sql
    }

    private func bound(_ values: [SQLValue]) -> [SQLValue] {
        switch fault {
        case .bindsEveryValue: values.map { $0 == .blob([]) ? .null : $0 }
        case .bindsByNumber where values.count == 2: values.reversed()
        default: values
        }
    }
}
