// SPDX-License-Identifier: Apache-2.0
import Basics
internal import HTTPTypes
internal import Hummingbird
package import Logging
package import Monitoring
package import Submission

/// What all endpoints of a server share: names of requests, keys, limits, log and metrics.
package final class RequestPipeline: Sendable {
    let ids: RequestIDs
    let addresses: ClientAddresses
    let bodies = BodyReader()
    let authenticate: Principal.Authentication
    private let pageHosts: [String]
    private let metrics: Metrics
    private let logger: Logger

    /// `publicHost` is the host of `public_url`, under which pages are shown besides localhost; `seed` sets the request ids of
    /// this process apart from those of others.
    package init(
        authenticate: @escaping Principal.Authentication,
        trustedProxies: [IPNetwork],
        publicHost: String?,
        metrics: Metrics,
        logger: Logger,
        seed: UInt64
    ) {
        self.authenticate = authenticate
        addresses = ClientAddresses(trusted: trustedProxies, logger: logger)
        pageHosts = ["localhost"] + (publicHost.map { [$0.lowercased()] } ?? [])
        self.metrics = metrics
        self.logger = logger
        ids = RequestIDs(seed: seed)
    }

    /// Takes a new `trusted_proxies`.
    package func trust(_ proxies: [IPNetwork]) {
        addresses.trust(proxies)
    }

    /// True for a host name that no foreign site can make a browser use for this machine (DNS rebinding).
    func isOwnHost(_ authority: String?) -> Bool {
        // What sends no host is no browser.
        guard let authority, !authority.isEmpty else { return true }
        guard let host = Authority(authority)?.host else { return false }
        // A name without a dot is not ours alone: a search domain, DHCP or mDNS of the network may answer for it.
        return host.hasPrefix("[") || pageHosts.contains(host) || IPAddress(host) != nil
    }

    /// Finishes a reply: names it, counts it and writes one line about it.
    func finish(_ reply: Reply, _ exchange: Exchange, cause: String?) -> Response {
        var reply = reply
        reply.fields[.requestID] = exchange.id
        note(reply, exchange, cause: cause)
        return reply.response(toHead: exchange.method == "HEAD")
    }

    /// Counts a reply and writes one line about it.
    func note(_ reply: Reply, _ exchange: Exchange, cause: String?) {
        let took = ContinuousClock.now - exchange.begun
        metrics.answered(exchange.route, method: exchange.method, status: reply.status, took: took)
        log(reply, exchange, took, cause)
    }

    /// Counts a connection that was closed for lack of room; see ``Metrics/connectionClosed(_:)``.
    func connectionClosed(_ reason: String) { metrics.connectionClosed(reason) }

    /// Logs that there is no room for the connection of `peer`, or that another one was closed for it.
    func warnOfLack(of peer: IPAddress?) {
        logger.warning(
            "connections are closed because too many are open; this is said once a minute",
            metadata: [
                "client": "\(peer.map(\.description) ?? "unknown")",
                "remedy": """
                if the client is a proxy, name it in trusted_proxies, so that its connections have no limit of their own; \
                else find out why it opens so many
                """,
            ]
        )
    }

    /// Neither path nor query is written: they hold addresses.
    private func log(_ reply: Reply, _ exchange: Exchange, _ took: Duration, _ cause: String?) {
        let level: Logger.Level = cause != nil ? .error : exchange.isRoutine ? .debug : .info
        guard level >= logger.logLevel else { return }
        var metadata: Logger.Metadata = [
            "request": "\(exchange.id)", "method": "\(exchange.method)", "route": "\(exchange.route)",
            "status": .stringConvertible(reply.status), "ms": .stringConvertible(Self.milliseconds(took)),
        ]
        if let id = reply.messageIDs.first { metadata["message_id"] = "\(id)" }
        if reply.messageIDs.count > 1 { metadata["messages"] = .stringConvertible(reply.messageIDs.count) }
        if let key = exchange.keyID { metadata["key"] = "\(key)" }
        if let cause { metadata["cause"] = "\(cause)" }
        logger.log(level: level, cause == nil ? "request" : "request failed", metadata: metadata)
    }

    /// To a tenth.
    private static func milliseconds(_ time: Duration) -> Double {
        let tenths = (time.components.seconds * 10_000) + time.components.attoseconds / 100_000_000_000_000
        return Double(tenths) / 10
    }
}

/// What is known of a request besides its content, for the log and the metrics.
struct Exchange {
    let id: String
    /// The pattern that matched, not the path.
    let route: String
    /// A method that this server knows, or `OTHER`.
    let method: String
    let begun: ContinuousClock.Instant
    /// A probe that comes every few seconds.
    var isRoutine = false
    var keyID: String?
}
