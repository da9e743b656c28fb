// SPDX-License-Identifier: Apache-2.0

/// Why a call to the store failed.
public enum StoreError: Error, Sendable, Hashable {
    /// The store is full, locked or gone; nothing was written.
    case unavailable(String)
    /// The store contains data that this version cannot read.
    case corrupt(String)
}

extension StoreError: CustomStringConvertible {
    /// The store's message; contains no secret.
    public var description: String {
        switch self {
        case .unavailable(let detail), .corrupt(let detail): detail
        }
    }
}
