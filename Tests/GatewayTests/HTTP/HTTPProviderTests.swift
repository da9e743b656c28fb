// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Mail
import Synchronization
import Testing

struct HTTPProviderTests {
    private struct API: MailAPI {
        let capabilities: Capabilities
        let url: HTTPURL

        func request(for message: OutgoingMessage, token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
            let headers = token.map { [HTTPHeader.bearer($0.value)] } ?? []
            return HTTPRequest(.post, url, headers: headers, body: Array(message.id.utf8))
        }

        func receipt(from response: HTTPResponse, for message: OutgoingMessage) throws(DeliveryError) -> Receipt {
            guard !response.body.isEmpty else { throw DeliveryError(.uncertain, code: "no_id", detail: "") }
            return Receipt(id: String(decoding: response.body, as: UTF8.self))
        }
    }

    /// Returns the given answers in order, and records the requests.
    private final class Script: HTTPClient, TokenSource {
        private struct State {
            var answers: [Result<HTTPResponse, HTTPFailure>]
            var requests: [HTTPRequest] = []
            var rejected: [String?] = []
        }

        private let state: Mutex<State>
        private let tokenFault: (call: Int, error: DeliveryError)?

        init(_ answers: [Result<HTTPResponse, HTTPFailure>], tokenFault: (call: Int, error: DeliveryError)? = nil) {
            state = Mutex(State(answers: answers))
            self.tokenFault = tokenFault
        }

        var requests: [HTTPRequest] { state.withLock(\.requests) }
        /// The refused token of each token request.
        var rejected: [String?] { state.withLock(\.rejected) }
        /// The credentials of the requests.
        var credentials: [String?] { requests.map { $0.headers.first { $0.name == "Authorization" }?.value } }

        func perform(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
            let answer = state.withLock { state in
                state.requests.append(request)
                return state.answers.isEmpty ? nil : state.answers.removeFirst()
            }
            guard let answer else { throw HTTPFailure(stage: .connect, reason: .disconnected, detail: "over") }
            return try answer.get()
        }

        func token(replacing rejected: AccessToken?) async throws(DeliveryError) -> AccessToken {
            let call = state.withLock { state in
                state.rejected.append(rejected?.value.exposed)
                return state.rejected.count
            }
            if let tokenFault, tokenFault.call == call { throw tokenFault.error }
            return AccessToken(Secret("t\(call)"), expiresAt: Timestamp(milliseconds: 0))
        }
    }

    private let api: API
    private let message: OutgoingMessage

    init() throws {
        let sender = Mailbox(checkedName: nil, address: EmailAddress(checkedLocal: "a", checkedDomain: "b.example"))
        message = OutgoingMessage(
            id: "msg_1",
            messageID: "1@b.example",
            date: Timestamp(milliseconds: 0),
            from: sender,
            recipients: [Recipient(sender)],
            subject: "s",
            text: "t"
        )
        api = API(capabilities: .mime, url: try #require(HTTPURL("https://mail.example/send")))
    }

    private func send(_ script: Script, signsIn: Bool = true) async throws(DeliveryError) -> Receipt {
        try await HTTPProvider(api, client: script, tokens: signsIn ? script : nil).send(message)
    }

    private static func answer(_ status: Int, _ body: String = "") -> Result<HTTPResponse, HTTPFailure> {
        .success(HTTPResponse(status: status, body: Array(body.utf8)))
    }

    @Test
    func acceptedMessageTakesOneTokenAndOneRequest() async throws {
        let script = Script([Self.answer(200, "id-1")])
        #expect(try await send(script).id == "id-1")
        #expect(script.rejected == [nil])
        #expect(script.credentials == ["Bearer t1"])
        #expect(script.requests.first?.body == Array("msg_1".utf8))
    }

    @Test
    func refusedTokenIsReplacedOnce() async throws {
        let script = Script([Self.answer(401), Self.answer(201, "id-2")])
        #expect(try await send(script).id == "id-2")
        #expect(script.rejected == [nil, "t1"])
        #expect(script.credentials == ["Bearer t1", "Bearer t2"])
    }

    @Test
    func secondRefusalIsFinal() async throws {
        let script = Script([Self.answer(401), Self.answer(401), Self.answer(200, "never")])
        let error = await #expect(throws: DeliveryError.self) { try await send(script) }
        #expect(error?.kind == .authentication)
        #expect(script.requests.count == 2)
    }

    @Test
    func answerAfterTheReplacementIsJudgedAsAnyOther() async throws {
        let script = Script([Self.answer(401), Self.answer(503)])
        let error = await #expect(throws: DeliveryError.self) { try await send(script) }
        #expect(error?.kind == .transient)
        let cut = Script([Self.answer(401), .failure(HTTPFailure(stage: .answering, reason: .timedOut, detail: ""))])
        #expect(await #expect(throws: DeliveryError.self) { try await send(cut) }?.kind == .uncertain)
    }

    @Test(arguments: [400, 403, 408, 429, 500, 503])
    func onlyARefusedTokenIsTriedAgain(_ status: Int) async throws {
        let script = Script([Self.answer(status), Self.answer(200, "never")])
        let error = await #expect(throws: DeliveryError.self) { try await send(script) }
        #expect(error?.code == "http.\(status)")
        #expect(script.requests.count == 1)
    }

    @Test
    func withoutTokensARefusalIsFinalAtOnce() async throws {
        let script = Script([Self.answer(401), Self.answer(200, "never")])
        let error = await #expect(throws: DeliveryError.self) { try await send(script, signsIn: false) }
        #expect(error?.kind == .authentication)
        #expect(script.credentials == [nil])
    }

    @Test(arguments: [1, 2])
    func faultOfTheTokenIsTheVerdict(_ call: Int) async throws {
        let fault = DeliveryError(.authentication, code: "oauth.dead", detail: "")
        let script = Script([Self.answer(401), Self.answer(200, "never")], tokenFault: (call, fault))
        #expect(await #expect(throws: DeliveryError.self) { try await send(script) } == fault)
        #expect(script.requests.count == call - 1)
    }

    @Test
    func brokenCallAndAnAnswerWithoutAnIDAreVerdicts() async throws {
        let failure = HTTPFailure(stage: .resolve, reason: .disconnected, detail: "no such host")
        let broken = Script([.failure(failure), Self.answer(200, "never")])
        #expect(await #expect(throws: DeliveryError.self) { try await send(broken) } == DeliveryError(failure))
        #expect(broken.requests.count == 1)
        #expect(
            await #expect(throws: DeliveryError.self) { try await send(Script([Self.answer(204)])) }?.code == "no_id"
        )
    }
}
