// SPDX-License-Identifier: Apache-2.0

/// Why the outbox did not do what it was asked.
public enum StoreError: Error, Sendable, Hashable {
    /// The store is full, locked or gone; nothing was written.
    case unavailable(String)
    /// The store holds something that this version cannot read.
    case corrupt(String)
}

extension StoreError: CustomStringConvertible {
    /// What the store said; holds no secret.
    public var description: String {
        switch self {
        case .unavailable(let detail), .corrupt(let detail): detail
        }
    }
}
