// SPDX-License-Identifier: Apache-2.0
internal import Basics
public import Delivery
internal import JSON

/// A stand-in for Microsoft's sign-in service and for the mail of Microsoft Graph, as a value that reads no clock.
///
/// It refuses what Microsoft refuses: wrong and expired secrets, assertions and refresh tokens, missing permissions, other
/// mailboxes, wrong media types, base64 and JSON, uploads out of order, and requests over 4 MB. Like Exchange, it strips Bcc.
/// ``script`` plans its faults.
public struct StandInGraph: Sendable {
    /// The app registration.
    public struct App: Sendable {
        public var id = "6731de76-14a6-49ae-97bc-6eba6914391e"
        /// Nil for a public client or one with a certificate.
        public var secret: String? = "standin~secret-1"
        /// The SHA-256 of the certificate in base64url; nil without one.
        public var thumbprint: String?
        /// Verifies an assertion's signature; by default none is good.
        public var verify: @Sendable (_ algorithm: String, _ signed: [UInt8], _ signature: [UInt8]) -> Bool = {
            _,
            _,
            _ in
            false
        }
        /// The application permissions that an administrator has granted.
        public var permissions: Set<String> = ["Mail.Send", "Mail.ReadWrite"]
        public var isSecretExpired = false

        public init() {}
    }

    /// A mailbox of the tenant.
    public struct Mailbox: Sendable {
        public var address: String
        /// Other addresses from which it may send.
        public var sendAs: Set<String>

        public init(_ address: String, sendAs: Set<String> = []) {
            self.address = address
            self.sendAs = sendAs
        }
    }

    /// A file that was added to a draft.
    public struct File: Sendable, Hashable {
        public var name: String
        public var contentType: String
        public var isInline: Bool
        public var contentID: String?
        public var content: [UInt8]
    }

    /// A message that the stand-in has sent.
    public struct Mail: Sendable {
        public let account: String
        public let recipients: [String]
        /// Without Bcc.
        public let content: [UInt8]
        /// The files that were added to its draft.
        public let files: [File]

        public var text: String { String(decoding: content, as: UTF8.self) }
    }

    /// A received request without its secrets.
    public struct LoggedRequest: Sendable, Hashable {
        public let endpoint: GraphEndpoint
        /// The content of `client-request-id`.
        public let clientRequestID: String?
        /// The number of octets of the body.
        public let size: Int
    }

    /// The handling of one request.
    enum Conduct: Sendable {
        case answer(HTTPResponse)
        case cut
        case hang
    }

    public var tenant = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490"
    public var app = App()
    public var mailboxes = [Mailbox("noreply@example.org")]
    /// The origin that scopes name.
    public var resource = "https://graph.microsoft.com"
    public var accessTokenLife = Duration.seconds(3599)
    public var script = GraphScript()
    /// The origin of the stand-in itself.
    public internal(set) var origin = "http://127.0.0.1"

    /// The sent messages in order, only those really sent.
    public internal(set) var sent: [Mail] = []
    /// Every received request, in order.
    public internal(set) var log: [LoggedRequest] = []
    /// The refresh tokens that are good, with their scopes.
    var grants: [String: Grant] = [:]
    var accessTokens: [String: Access] = [:]
    var codes: [String: Code] = [:]
    var drafts: [String: Draft] = [:]
    var sessions: [String: Session] = [:]
    var seenAssertions: Set<String> = []
    private var lastNumber = 0

    public init() {}

    /// The number of drafts in the mailboxes.
    public var draftCount: Int { drafts.count }

    struct Draft: Sendable {
        let account: String
        let message: GoogleMessage?
        let content: [UInt8]
        var files: [File] = []
    }

    struct Session: Sendable {
        let draft: String
        var file: File
        let size: Int
        let token: String
    }

    /// Handles one request at the time `now`.
    mutating func meet(_ request: HTTPRequest, at now: Timestamp) -> Conduct {
        let endpoint = GraphEndpoint(request)
        log.append(
            LoggedRequest(
                endpoint: endpoint,
                clientRequestID: request.header("client-request-id"),
                size: request.body.count
            )
        )
        switch script.next(endpoint) {
        case nil: return .answer(answer(request, endpoint, now))
        case .answer(let response): return .answer(response)
        case .actAndAnswer(let response):
            _ = answer(request, endpoint, now)
            return .answer(response)
        case .cut, .cutBeforeTheBody: return .cut
        case .actAndCut:
            _ = answer(request, endpoint, now)
            return .cut
        case .hang: return .hang
        }
    }

    private mutating func answer(_ request: HTTPRequest, _ endpoint: GraphEndpoint, _ now: Timestamp) -> HTTPResponse {
        var response: HTTPResponse
        switch endpoint {
        case .token: response = tokens(for: request, at: now)
        case .consent: response = consent(request, at: now)
        case .upload: response = upload(request)
        case .unknown: response = .graph(404, "ResourceNotFound", "Resource not found for the segment.")
        default: response = mail(request, endpoint, at: now)
        }
        response.headers.append(HTTPHeader("request-id", "00000000-0000-4000-8000-\(number(nextNumber()))"))
        response.headers.append(HTTPHeader("Date", now.httpDate))
        return response
    }

    /// A number that was not used before.
    mutating func nextNumber() -> Int {
        lastNumber += 1
        return lastNumber
    }

    private func number(_ value: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: 12 - text.count) + text
    }
}

extension HTTPResponse {
    /// An error response of Microsoft Graph.
    public static func graph(
        _ status: Int,
        _ code: String,
        _ message: String,
        headers: [HTTPHeader] = []
    ) -> HTTPResponse {
        let inner: JSON = ["date": "2026-11-30T08:00:00", "request-id": "5f5c0b2a-2d3e-4f1c-8a77-1d5a0f3f9b11"]
        let error: JSON = ["code": .string(code), "message": .string(message), "innerError": inner]
        return .json(status, ["error": error], headers: headers)
    }

    /// An error response of Microsoft's token endpoint, whose code begins the description.
    public static func entra(_ status: Int, _ error: String, _ code: Int, _ words: String) -> HTTPResponse {
        let trace = "8d5d6f1e-2f5c-4f0e-9a63-0d3a51e20a00"
        let description =
            "AADSTS\(code): \(words) Trace ID: \(trace) Correlation ID: \(trace) Timestamp: 2026-11-30 08:00:00Z"
        return .json(
            status,
            [
                "error": .string(error), "error_description": .string(description),
                "error_codes": .array([.integer(code)]), "timestamp": "2026-11-30 08:00:00Z",
                "trace_id": .string(trace), "correlation_id": .string(trace),
            ]
        )
    }
}
