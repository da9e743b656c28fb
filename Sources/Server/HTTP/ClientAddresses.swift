// SPDX-License-Identifier: Apache-2.0
import Basics
internal import HTTPTypes
internal import Logging
internal import Synchronization

/// Determines the client of a request: the peer, or the address that a trusted proxy names.
final class ClientAddresses: Sendable {
    private let trusted: Mutex<[IPNetwork]>
    private let hasWarned = Atomic<Bool>(false)
    private let logger: Logger

    init(trusted: [IPNetwork], logger: Logger) {
        self.trusted = Mutex(trusted)
        self.logger = logger
    }

    func trust(_ networks: [IPNetwork]) {
        trusted.withLock { $0 = networks }
    }

    /// True for a proxy whose `X-Forwarded-For` is trusted.
    func isTrusted(_ peer: IPAddress) -> Bool { trusted.withLock { $0.contains { $0.contains(peer) } } }

    /// The client behind `peer`: from a trusted proxy the last address in `X-Forwarded-For` that is not a trusted proxy itself.
    func client(_ peer: IPAddress?, _ fields: HTTPFields) -> IPAddress? {
        guard let peer, let forwarded = fields[.forwardedFor] else { return peer }
        let trusted = trusted.withLock { $0 }
        guard trusted.contains(where: { $0.contains(peer) }) else {
            warn(of: peer)
            return peer
        }
        var client = peer
        for entry in forwarded.split(separator: ",").reversed() {
            guard let address = Self.address(entry) else { break }
            client = address
            guard trusted.contains(where: { $0.contains(address) }) else { break }
        }
        return client
    }

    /// An entry may carry a port and brackets: `[2001:db8::1]:4711`, `192.0.2.1:4711`.
    private static func address(_ entry: Substring) -> IPAddress? {
        let text = entry.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }
        if text.hasPrefix("[") { return IPAddress(text.dropFirst().prefix { $0 != "]" }) }
        if let address = IPAddress(text) { return address }
        return IPAddress(text.prefix { $0 != ":" })
    }

    private func warn(of peer: IPAddress) {
        guard !hasWarned.exchange(true, ordering: .relaxed) else { return }
        logger.warning(
            "X-Forwarded-For from a peer that is not in trusted_proxies is ignored; this is said once",
            metadata: ["peer": "\(peer)"]
        )
    }

    /// True for a request from this machine that came through no proxy.
    static func isLocal(_ peer: IPAddress?, _ fields: HTTPFields) -> Bool {
        guard peer?.isLoopback ?? true else { return false }
        return !fields.contains { $0.name.isForwarding }
    }
}
