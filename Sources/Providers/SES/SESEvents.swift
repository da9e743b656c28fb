// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Reads the notifications of Amazon SNS about mail that SES sent.
///
/// It fetches the certificate that signs them, and confirms the subscriptions of the configured topics.
struct SESEvents: EventReader {
    private static let timeout = Duration.seconds(10)

    private let topics: Set<String>
    private let hosts: SNSHosts
    private let certificates: SNSCertificates
    private let client: any HTTPClient

    /// Nil for another way of authentication.
    init?(_ verification: EventVerification?, client: any HTTPClient) {
        guard case .notifications(let topics, let hosts)? = verification else { return nil }
        self.topics = Set(topics)
        self.hosts = SNSHosts(hosts)
        self.client = client
        certificates = SNSCertificates(client: client, timeout: Self.timeout)
    }

    func read(_ call: EventCall, now: Timestamp) async throws(EventRejection) -> [FeedbackEvent] {
        let envelope = try SNSEnvelope(call)
        guard topics.contains(envelope.topic) else {
            throw .unauthorized(status: 403, detail: "the topic is none of the configured `topics`")
        }
        try envelope.checkTime(now)
        guard let url = HTTPURL(envelope.certificateURL), hosts.allow(url), url.target.hasSuffix(".pem"),
            !url.target.contains("?")
        else { throw .unauthorized(detail: "the certificate is not at an address of Amazon SNS") }
        let certificate = try await certificates.certificate(at: url)
        // Any certificate will do on this machine: only tests have their own SNS there.
        if !(hosts.areConfigured && url.isLoopback) { try certificate.check(at: now) }
        guard certificate.hasSigned(envelope) else {
            throw .unauthorized(detail: "the signature is not made with the certificate of Amazon SNS")
        }
        certificates.keep(certificate, from: url)
        switch envelope.type {
        case .notification: return try SESNotification.events(in: envelope)
        case .subscriptionConfirmation:
            try await confirm(envelope)
            return []
        case .unsubscribeConfirmation: return []
        }
    }

    /// Confirms the subscription.
    ///
    /// The link is part of what was signed, and leads to the same hosts as the certificate.
    private func confirm(_ envelope: SNSEnvelope) async throws(EventRejection) {
        guard let url = envelope.subscribeURL.flatMap({ HTTPURL($0) }), hosts.allow(url) else {
            throw .unauthorized(detail: "`SubscribeURL` is not an address of Amazon SNS")
        }
        let response: HTTPResponse
        do throws(HTTPFailure) {
            response = try await client.perform(HTTPRequest(.get, url, timeout: Self.timeout))
        } catch {
            throw .unavailable("the subscription cannot be confirmed: \(error.detail)")
        }
        guard response.status == 200 else {
            throw .unavailable("the subscription cannot be confirmed: Amazon SNS answered \(response.status)")
        }
    }
}

/// The addresses of Amazon SNS, or those that the settings name in their place.
struct SNSHosts: Sendable {
    /// `HOST:PORT` in lower case; empty for Amazon's.
    private let configured: Set<String>

    init(_ configured: [String]) { self.configured = Set(configured.map { $0.lowercased() }) }

    var areConfigured: Bool { !configured.isEmpty }

    /// Whether the address belongs to SNS.
    ///
    /// Plain http is for configured hosts on this machine alone.
    func allow(_ url: HTTPURL) -> Bool {
        let scheme = url.isSecure ? "https://" : "http://"
        let authority = url.origin.dropFirst(scheme.count).lowercased()
        if areConfigured { return configured.contains(authority) && (url.isSecure || url.isLoopback) }
        return url.isSecure && [url.host, "\(url.host):443"].contains(authority) && Self.isAmazon(url.host)
    }

    /// `sns.REGION.amazonaws.com`, in China with `.cn` at the end.
    private static func isAmazon(_ host: String) -> Bool {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard [["com"], ["com", "cn"]].contains(labels.dropFirst(3)), labels[0] == "sns", labels[2] == "amazonaws"
        else {
            return false
        }
        return labels[1].utf8.count >= 3
            && labels[1].utf8.allSatisfy { $0.isASCIIDigit || $0 == UInt8(ascii: "-") || (0x61...0x7A).contains($0) }
    }
}
