// SPDX-License-Identifier: Apache-2.0

/// Where the messages are kept.
package struct StoreSettings: Sendable, Hashable {
    package enum Place: Sendable, Hashable {
        /// A SQLite file, which one gateway serves.
        case file(String)
        /// A PostgreSQL database, which several gateways may share; the URL holds the password.
        case server(Secret)
    }

    package var place: Place
    /// Whether an empty or older store is brought up to date when it is opened.
    package var migrates: Bool
    /// A pooler hands every transaction to another session.
    package var isPooled = false
    /// How many connections a process opens at most, beside the one that listens.
    package var connections = 8

    package init(place: Place, migrates: Bool) {
        self.place = place
        self.migrates = migrates
    }

    /// The file, if it is one.
    package var path: String? {
        if case .file(let path) = place { path } else { nil }
    }

    /// For people: the file, or the URL without user, password and parameters.
    package var name: String {
        switch place {
        case .file(let path): return path
        case .server(let url):
            let rest = url.exposed.drop { $0 != "/" }.dropFirst(2).prefix { $0 != "?" }
            let host = rest.lastIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest
            return "postgres://\(host)"
        }
    }
}
