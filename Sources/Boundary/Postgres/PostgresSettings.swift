// SPDX-License-Identifier: Apache-2.0
internal import CPostgres

/// The address of a server and the time limits of its calls.
package struct PostgresSettings: Sendable {
    /// One server of the list.
    struct Host: Sendable, Hashable {
        let name: String?
        let address: String?
        let port: String?
    }

    /// The time limit for one host, including sign-in.
    package var connectTimeout = Duration.seconds(5)
    /// The time limit from sending until every result has arrived.
    package var statementTimeout = Duration.seconds(30)
    /// A pooler assigns each transaction to another session (PgBouncer's `pool_mode = transaction`).
    package var isPooled: Bool
    /// Receives the server's notices and warnings.
    package var onNotice: (@Sendable (String) -> Void)?

    let hosts: [Host]
    /// The other parameters, by libpq's keywords.
    let parameters: [String: String]

    /// The database's name, for display; empty when the URL leaves it to the user's name.
    package var database: String { parameters["dbname"] ?? "" }
    /// The role, for display.
    package var user: String { parameters["user"] ?? "" }
    /// The number of configured servers.
    package var hostCount: Int { hosts.count }
    /// The servers, for display: `host:port, host:port`.
    package var servers: String {
        hosts.map { "\($0.name ?? $0.address ?? "the local socket"):\($0.port ?? "5432")" }.joined(separator: ", ")
    }

    /// Parses a connection URI (PostgreSQL manual, section 34.1.1.2:
    /// `postgres://user:password@host1,host2/db?sslmode=…`).
    ///
    /// The error does not quote the URL, which contains the password.
    package init(url: String, isPooled: Bool = false) throws(PostgresError) {
        var given = try Self.parse(url)
        func list(_ key: String) -> [String] {
            given.removeValue(forKey: key)?.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                ?? []
        }
        let (names, addresses, ports) = (list("host"), list("hostaddr"), list("port"))
        let count = max(names.count, addresses.count, 1)
        guard ports.count <= 1 || ports.count == count else {
            throw PostgresError(state: "08001", message: "there are \(ports.count) ports for \(count) hosts")
        }
        for port in ports where !port.isEmpty && !(1...65535).contains(Int(port) ?? 0) {
            throw PostgresError(state: "08001", message: "\(port) is no port: it is a number from 1 to 65535")
        }
        for (key, words) in Self.choices {
            guard let word = given[key], !words.contains(word) else { continue }
            let known = words.joined(separator: ", ")
            throw PostgresError(state: "08001", message: "\(key) cannot be `\(word)`: it is one of \(known)")
        }
        hosts = (0..<count).map { index in
            Host(
                name: names.indices.contains(index) ? names[index] : nil,
                address: addresses.indices.contains(index) ? addresses[index] : nil,
                port: ports.count == 1 ? ports[0] : ports.indices.contains(index) ? ports[index] : nil
            )
        }
        self.isPooled = isPooled
        if let seconds = given["connect_timeout"].flatMap(Int.init), seconds > 0 {
            connectTimeout = .seconds(max(2, seconds))
        }
        parameters = Self.defaults(isPooled: isPooled, hosts: count).merging(given) { $1 }
    }

    /// Parameters with a fixed set of values, which the library checks only when it connects.
    private static let choices = [
        "sslmode": ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
        "target_session_attrs": ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"],
    ]

    /// The defaults that the URL may override.
    private static func defaults(isPooled: Bool, hosts: Int) -> [String: String] {
        var defaults = [
            "application_name": "posthaste", "client_encoding": "UTF8",
            // Detects a vanished peer within half a minute, also while nothing is sent.
            "keepalives": "1", "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3",
            "tcp_user_timeout": "15000",
        ]
        // After a failover the old primary may still answer, as a standby.
        if !isPooled { defaults["target_session_attrs"] = "read-write" }
        return defaults
    }

    private static func parse(_ url: String) throws(PostgresError) -> [String: String] {
        guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") else {
            throw PostgresError(state: "08001", message: "a PostgreSQL URL begins with postgres://")
        }
        guard let list = unsafe PQconninfoParse(url, nil) else {
            // The library's message may quote a part of the URL, and so the password.
            throw PostgresError(
                state: "08001",
                message: "this is no PostgreSQL URL: it reads postgres://user:password@host:port/database?sslmode=…, "
                    + "special characters of the password as %XX"
            )
        }
        defer { unsafe PQconninfoFree(list) }
        var found: [String: String] = [:]
        var option = unsafe list
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val { unsafe found[String(cString: keyword)] = String(cString: value) }
            unsafe option += 1
        }
        return found
    }
}
