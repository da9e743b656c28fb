// SPDX-License-Identifier: Apache-2.0
public import Mail

/// Adapts a ``MailAPI`` to a ``Provider``: fetches the token, sends the request and classifies the status.
public struct HTTPProvider<API: MailAPI>: Sendable {
    public let api: API
    private let client: any HTTPClient
    private let tokens: (any TokenSource)?

    public init(_ api: API, client: any HTTPClient, tokens: (any TokenSource)? = nil) {
        self.api = api
        self.client = client
        self.tokens = tokens
    }

    public var capabilities: Capabilities { api.capabilities }
    public var maxMessageBytes: Int? { api.maxMessageBytes }

    public func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
        let response = try await exchange { (token) throws(DeliveryError) in
            try api.request(for: message, token: token)
        }
        guard api.hasTaken(response) else { throw api.failure(from: response) }
        return try api.receipt(from: response, for: message)
    }

    /// Sends what `request` builds with a valid token; after a refused token once more with a new one.
    ///
    /// - Returns: A 2xx response; for any other status it throws what the API makes of it.
    public func answer(
        to request: (AccessToken?) throws(DeliveryError) -> HTTPRequest
    ) async throws(DeliveryError) -> HTTPResponse {
        let response = try await exchange(request)
        guard 200..<300 ~= response.status else { throw api.failure(from: response) }
        return response
    }

    /// The same for a caller that judges every status itself.
    public func exchange(
        _ request: (AccessToken?) throws(DeliveryError) -> HTTPRequest
    ) async throws(DeliveryError) -> HTTPResponse {
        let token = try await tokens?.token(replacing: nil)
        let response = try await perform(request(token))
        guard let tokens, api.refusesToken(response) else { return response }
        return try await perform(request(try await tokens.token(replacing: token)))
    }

    private func perform(_ request: HTTPRequest) async throws(DeliveryError) -> HTTPResponse {
        do throws(HTTPFailure) {
            return try await client.perform(request)
        } catch {
            throw DeliveryError(error)
        }
    }
}

extension HTTPProvider: AdvisingProvider {
    /// Asks the questions of the API that need no sender.
    public func probe() async throws(DeliveryError) {
        for question in api.questions(from: []) { _ = try await ask(question) }
    }

    public func advice(from senders: [EmailAddress]) async -> [ProviderAdvice] {
        var advice: [ProviderAdvice] = []
        for question in api.questions(from: senders) {
            do throws(DeliveryError) {
                advice += try await ask(question)
            } catch {
                let words = [error.detail, error.remedy].compactMap(\.self).joined(separator: "; ")
                advice.append(ProviderAdvice(isFault: true, words))
            }
        }
        return advice
    }

    private func ask(_ question: APIQuestion<[ProviderAdvice]>) async throws(DeliveryError) -> [ProviderAdvice] {
        let response = try await exchange(question.request)
        let advice = try question.judge(response)
        guard let next = question.next(response) else { return advice }
        return advice + (try await ask(next))
    }
}

extension HTTPProvider: ReconcilingProvider where API: ReconcilingAPI {
    public func receipt(of message: OutgoingMessage) async throws(DeliveryError) -> Receipt? {
        let question = api.lookUp(message)
        return try question.judge(try await exchange(question.request))
    }
}

/// The HTTP API of one mail service, as pure functions: no I/O, no state; time is handed in.
public protocol MailAPI: Sendable {
    var capabilities: Capabilities { get }

    /// The service's own limit for the octets of one message; nil when it has none below the gateway's.
    var maxMessageBytes: Int? { get }

    /// The request that submits a message.
    func request(for message: OutgoingMessage, token: AccessToken?) throws(DeliveryError) -> HTTPRequest

    /// Whether the response to a message may be an acceptance; by default for any 2xx.
    func hasTaken(_ response: HTTPResponse) -> Bool

    /// Parses a response that ``hasTaken(_:)`` finds to be an acceptance; throws `uncertain` for one without an id.
    func receipt(from response: HTTPResponse, for message: OutgoingMessage) throws(DeliveryError) -> Receipt

    /// Classifies any other response.
    ///
    /// By default only the status counts.
    func failure(from response: HTTPResponse) -> DeliveryError

    /// True when another token may help; by default for a 401.
    func refusesToken(_ response: HTTPResponse) -> Bool

    /// The calls of a probe, none of which sends mail; with `senders` also those about the addresses that the brands send from.
    func questions(from senders: [EmailAddress]) -> [APIQuestion<[ProviderAdvice]>]
}

/// An API that can say what became of a message.
public protocol ReconcilingAPI: MailAPI {
    /// Asks for the message; the answer is nil while the service knows nothing of it.
    func lookUp(_ message: OutgoingMessage) -> APIQuestion<Receipt?>
}

/// One call that sends no mail, and how its answer is judged.
public struct APIQuestion<Answer: Sendable>: Sendable {
    public let request: @Sendable (AccessToken?) throws(DeliveryError) -> HTTPRequest
    /// Judges a response of any status; throws what would make every attempt fail.
    public let judge: @Sendable (HTTPResponse) throws(DeliveryError) -> Answer
    /// The question that a response raises, whose answer is added to that of this one; nil for none.
    public var next: @Sendable (HTTPResponse) -> APIQuestion? = { _ in nil }

    public init(
        _ request: @escaping @Sendable (AccessToken?) throws(DeliveryError) -> HTTPRequest,
        judge: @escaping @Sendable (HTTPResponse) throws(DeliveryError) -> Answer
    ) {
        self.request = request
        self.judge = judge
    }

    /// A call that takes no token.
    public init(
        _ request: HTTPRequest,
        judge: @escaping @Sendable (HTTPResponse) throws(DeliveryError) -> Answer
    ) {
        self.init({ _ in request }, judge: judge)
    }
}

extension MailAPI {
    public var maxMessageBytes: Int? { nil }

    public func hasTaken(_ response: HTTPResponse) -> Bool { 200..<300 ~= response.status }

    public func failure(from response: HTTPResponse) -> DeliveryError {
        DeliveryError(response, detail: "the service answered \(response.status)")
    }

    public func refusesToken(_ response: HTTPResponse) -> Bool { response.status == 401 }

    public func questions(from senders: [EmailAddress]) -> [APIQuestion<[ProviderAdvice]>] { [] }
}
