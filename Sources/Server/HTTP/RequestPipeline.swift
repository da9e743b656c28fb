// SPDX-License-Identifier: Apache-2.0
package import Basics
internal import HTTPTypes
internal import Hummingbird
package import Logging
package import Monitoring
package import Submission

/// The parts that all endpoints of a server share: request ids, keys, limits, log and metrics.
package final class RequestPipeline: Sendable {
    let ids: RequestIDs
    let addresses: ClientAddresses
    let bodies = BodyReader()
    let authenticate: Principal.Authentication
    private let pageHosts: [String]
    private let metrics: Metrics
    private let logger: Logger

    /// `publicHost` is the host of `public_url`, which serves pages as localhost does.
    ///
    /// `seed` makes the request ids of this process differ from those of others.
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

    /// Applies a new `trusted_proxies`.
    package func trust(_ proxies: [IPNetwork]) {
        addresses.trust(proxies)
    }

    /// True for a host name that another site cannot make a browser resolve to this machine (DNS rebinding).
    func isOwnHost(_ authority: String?) -> Bool {
        // A client that sends no host is no browser.
        guard let authority, !authority.isEmpty else { return true }
        guard let host = Authority(authority)?.host else { return false }
        // A name without a dot is not safe: a search domain, DHCP or mDNS of the network may resolve it.
        return host.hasPrefix("[") || pageHosts.contains(host) || IPAddress(host) != nil
    }

    /// Finishes a response: sets its request id, counts it and logs one line.
    func finish(_ reply: Reply, _ exchange: Exchange, cause: String?) -> Response {
        var reply = reply
        reply.fields[.requestID] = exchange.id
        note(reply, exchange, cause: cause)
        return reply.response(toHead: exchange.method == "HEAD")
    }

    /// Counts a response and logs one line.
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

    /// Path and query are not logged: they contain mail addresses.
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

    /// Rounded to a tenth of a millisecond.
    private static func milliseconds(_ time: Duration) -> Double {
        let tenths = (time.components.seconds * 10_000) + time.components.attoseconds / 100_000_000_000_000
        return Double(tenths) / 10
    }
}

/// The facts about a request other than its content, for the log and the metrics.
struct Exchange {
    let id: String
    /// The matched route pattern, not the path.
    let route: String
    /// A method that this server knows, or `OTHER`.
    let method: String
    let begun: ContinuousClock.Instant
    /// A probe that comes every few seconds.
    var isRoutine = false
    var keyID: String?
}
