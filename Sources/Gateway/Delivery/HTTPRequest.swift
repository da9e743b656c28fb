// SPDX-License-Identifier: Apache-2.0
public import Basics

/// One request to an outside service.
public struct HTTPRequest: Sendable, Hashable {
    public enum Method: String, Sendable, Hashable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
    }

    public var method: Method
    public var url: HTTPURL
    /// In the order in which they are written; values without CR and LF.
    public var headers: [HTTPHeader]
    public var body: [UInt8]
    /// The time limit for the whole call, the response included.
    public var timeout: Duration
    /// The proxy for the request; nil for that of the gateway's settings.
    public var proxy: ProxyChoice?

    public init(
        _ method: Method,
        _ url: HTTPURL,
        headers: [HTTPHeader] = [],
        body: [UInt8] = [],
        timeout: Duration = .seconds(30)
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}

/// One header field of a request or a response.
public struct HTTPHeader: Sendable, Hashable {
    public let name: String
    public let value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// `Authorization: Bearer …` (RFC 6750 section 2.1).
    public static func bearer(_ token: Secret) -> HTTPHeader { HTTPHeader("Authorization", "Bearer \(token.exposed)") }
}

extension WebhookSecret {
    /// The three header fields that sign a body; `id` is the same on every try.
    package func headers(id: String, body: [UInt8], now: Timestamp) -> [HTTPHeader] {
        [self].headers(id: id, body: body, now: now)
    }
}

extension [WebhookSecret] {
    /// The three header fields that sign a body with each of the secrets; a receiver accepts any of the signatures.
    package func headers(id: String, body: [UInt8], now: Timestamp) -> [HTTPHeader] {
        let time = now.milliseconds / 1000
        let signatures = map { $0.signature(id: id, time: time, body: body) }
        return [
            HTTPHeader("webhook-id", id), HTTPHeader("webhook-timestamp", String(time)),
            HTTPHeader("webhook-signature", signatures.joined(separator: " ")),
        ]
    }
}

extension HTTPHeader: CustomStringConvertible, CustomReflectable {
    /// Only the name: values may be secret.
    public var description: String { name }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The response of a service.
public struct HTTPResponse: Sendable, Hashable {
    public var status: Int
    public var headers: [HTTPHeader]
    public var body: [UInt8]

    public init(status: Int, headers: [HTTPHeader] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The value of the first field with this name, in any case.
    public func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }
}
