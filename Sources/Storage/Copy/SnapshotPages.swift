// SPDX-License-Identifier: Apache-2.0
import Gateway

/// Walks through a table by its key, in pages whose size in memory is bounded.
struct SnapshotPages {
    /// Of tables whose rows are small.
    private static let rows = 500
    /// Of tables whose rows may be large: so many, and as long as they stay below so many bytes, but one at least.
    private static let (largeRows, bytes) = (100, 4 << 20)

    let table: CopiedTable
    let snapshot: StoreSnapshot
    private var last: [SQLValue]?

    init(_ table: CopiedTable, _ snapshot: StoreSnapshot) {
        (self.table, self.snapshot) = (table, snapshot)
    }

    /// The next rows; nil at the end.
    mutating func page(of side: CopyError.Side) async throws(CopyError) -> [SQLRow]? {
        do throws(DatabaseError) {
            let page = try await next()
            return page.isEmpty ? nil : page
        } catch {
            throw .database(side, error)
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

    /// How many rows are fetched next.
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
