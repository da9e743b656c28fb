// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery

/// A stand-in for Google's sign-in page, token endpoint and Gmail API, as a value that reads no clock.
///
/// It refuses what Google refuses: unknown and revoked tokens, insufficient scopes, wrong calls, media types and alphabets,
/// messages that are invalid or have no recipients, and mail over the limits. Like Google, it silently rewrites From, replaces
/// the Message-ID and removes Bcc. ``script`` plans its faults.
///
/// One origin serves the paths of several Google hosts.
public struct StandInGoogle: Sendable {
    public var clients: [GoogleClient]
    public var accounts: [GoogleAccount]
    public var serviceAccounts: [GoogleServiceAccount] = []
    public var policy = GooglePolicy()
    public var script = GoogleScript()
    /// The maximum message size in octets: 35 MiB.
    public var sizeLimit = 36_700_160

    /// The sent messages in order, only those really sent.
    public internal(set) var sent: [GoogleMail] = []
    /// Every received request, in order.
    public internal(set) var log: [LoggedRequest] = []

    var grants: [String: GoogleGrant] = [:]
    var accessTokens: [String: GoogleAccess] = [:]
    var codes: [String: GoogleCode] = [:]
    var drafts: [String: GoogleDraft] = [:]
    private var lastNumber = 0

    public init(clients: [GoogleClient], accounts: [GoogleAccount]) {
        self.clients = clients
        self.accounts = accounts
    }

    /// One client of the kind `installed` and one account, `noreply@example.org`.
    public init() {
        self.init(clients: [.sample], accounts: [GoogleAccount("noreply@example.org")])
    }

    /// A received request without its secrets.
    public struct LoggedRequest: Sendable, Hashable {
        public let endpoint: GoogleEndpoint
        public let path: String
        /// Nil when no response was sent.
        public let status: Int?
    }

    /// The handling of one request.
    public enum Conduct: Sendable {
        case answer(HTTPResponse)
        /// The response follows after this delay.
        case answerLate(HTTPResponse, Duration)
        /// The connection is closed before or after the body was read.
        case cut(beforeTheBody: Bool)
        /// No response is ever sent.
        case hang
    }

    /// Handles one request at the time `now`.
    public mutating func meet(_ request: HTTPRequest, at now: Timestamp) -> Conduct {
        let endpoint = GoogleEndpoint(request)
        let conduct: Conduct
        switch script.next(endpoint) {
        case nil: conduct = .answer(answer(request, endpoint, now))
        case .answer(let response): conduct = .answer(response)
        case .actAndAnswer(let response):
            _ = answer(request, endpoint, now)
            conduct = .answer(response)
        case .slow(let span): conduct = .answerLate(answer(request, endpoint, now), span)
        case .cutBeforeTheBody: conduct = .cut(beforeTheBody: true)
        case .cut: conduct = .cut(beforeTheBody: false)
        case .actAndCut:
            _ = answer(request, endpoint, now)
            conduct = .cut(beforeTheBody: false)
        case .hang: conduct = .hang
        case .actAndHang:
            _ = answer(request, endpoint, now)
            conduct = .hang
        }
        log.append(LoggedRequest(endpoint: endpoint, path: request.path, status: conduct.status))
        return conduct
    }

    private mutating func answer(
        _ request: HTTPRequest,
        _ endpoint: GoogleEndpoint,
        _ now: Timestamp
    ) -> HTTPResponse {
        var response =
            switch endpoint {
            case .token: tokens(for: request, at: now)
            case .revoke: revocation(request)
            case .tokenInfo: tokenInfo(request, at: now)
            case .consent: consent(request, at: now)
            case .unknown: HTTPResponse.google404
            default: gmail(request, endpoint, at: now)
            }
        response.headers.append(HTTPHeader("Date", now.httpDate))
        return response
    }

    /// A number that was not used before.
    mutating func nextNumber() -> Int {
        lastNumber += 1
        return lastNumber
    }

    func account(_ address: String) -> GoogleAccount? {
        accounts.first { $0.address.lowercased() == address.lowercased() }
    }
}

extension StandInGoogle.Conduct {
    var status: Int? {
        switch self {
        case .answer(let response), .answerLate(let response, _): response.status
        case .cut, .hang: nil
        }
    }
}

extension StringProtocol {
    /// Without leading and trailing blanks.
    var trimmed: String {
        var rest = Substring(self)
        while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
        while rest.last == " " || rest.last == "\t" { rest.removeLast() }
        return String(rest)
    }
}
