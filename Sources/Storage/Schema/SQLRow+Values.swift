// SPDX-License-Identifier: Apache-2.0
import Basics
import Queue
import SQL

extension SQLRow {
    func moment(_ column: Int) -> Timestamp { Timestamp(milliseconds: int(column) ?? 0) }

    func optionalMoment(_ column: Int) -> Timestamp? { int(column).map(Timestamp.init(milliseconds:)) }

    /// Text that is stored as empty for nil, because a key column cannot be null.
    func word(_ column: Int) -> String? { text(column).flatMap { $0.isEmpty ? nil : $0 } }

    /// A routing key in three columns.
    func routingKey(from column: Int) -> RoutingKey {
        RoutingKey(brand: text(column) ?? "", category: word(column + 1), pin: word(column + 2))
    }
}
