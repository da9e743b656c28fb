// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Delivery
import GatewayTesting
import Mail
import Settings
import Testing

@testable import Providers

/// A `sparkpost` provider on the stand-in for SparkPost, over real HTTP on loopback.
struct SparkPostBench {
    let server: MailServiceServer<StandInSparkPost>
    let provider: any AdvisingProvider
    private let clock = HandClock()

    init(_ settings: [(String, SampleSettings)] = [], _ change: (inout StandInSparkPost) -> Void = { _ in }) throws {
        var service = StandInSparkPost()
        change(&service)
        server = try MailServiceServer(service)
        let usual: [(String, SampleSettings)] = [
            ("api_key", "14ac5499cfdd2bb2859e4476d2e5b1d2bad079bf"), ("api_url", .scalar(server.origin)),
            ("timeout", "1h"),
        ]
        let replaced = Set(settings.map(\.0))
        let reader = SampleSettings.map(usual.filter { !replaced.contains($0.0) } + settings).reader
        let clock = clock
        let services = ProviderServices(
            smtp: { CurlSMTPClient($0) },
            http: CurlHTTPClient(userAgent: "test"),
            tokens: { _ in NoTokens() },
            programs: ProgramSpawner(),
            log: { _, _, _ in },
            clock: { clock.now }
        )
        let read = try #require(ProviderKind.sparkpost.read(reader, SampleProvider.sample().context))
        provider = try #require(read.provider(services) as? any AdvisingProvider)
    }

    /// The error of one attempt; nil when it was accepted.
    func failure(of message: OutgoingMessage = SampleMail.plain(1)) async -> DeliveryError? {
        do throws(DeliveryError) {
            _ = try await provider.send(message)
            return nil
        } catch {
            return error
        }
    }

    /// The error of a probe; nil when all is well.
    func fault() async -> DeliveryError? {
        do throws(DeliveryError) {
            try await provider.probe()
            return nil
        } catch {
            return error
        }
    }

    func advice(from senders: String...) async throws -> [ProviderAdvice] {
        await provider.advice(from: try senders.map { try EmailAddress(parsing: $0) })
    }
}

/// The SparkPost provider for the laws of providers.
struct SparkPostUnderTest: ProviderUnderTest {
    private let bench: SparkPostBench

    init() throws {
        bench = try SparkPostBench()
    }

    var provider: any Provider { bench.provider }

    func behave(_ behaviour: ServiceBehaviour) async -> Bool {
        switch behaviour {
        case .takesAll: bench.server.always(nil)
        case .refuses: bench.server.always(.answer(.sparkPost(422, "1902", "Message generation rejected")))
        case .putsOff: bench.server.always(.answer(.page(503)))
        case .refusesLogin: bench.server.always(.answer(.json(401, #"{"errors":[{"message":"Unauthorized."}]}"#)))
        case .isAway: bench.server.stop()
        // A small message is written whole before the client can notice.
        case .cutsBeforeTheEnd: return false
        case .cutsAfterTheEnd: bench.server.always(.actAndCut)
        case .hangs: bench.server.always(.hang)
        }
        return true
    }

    func taken() async -> [TakenMessage]? {
        bench.server.service.transmissions.map {
            TakenMessage(recipients: $0.recipients, content: Array($0.content.utf8))
        }
    }
}

@Suite(.timeLimit(.minutes(5))) struct SparkPostProviderTests {
    @Test func keepsEveryLaw() async {
        #expect(await ProviderConformance { try SparkPostUnderTest() }.violations() == [])
    }

    @Test func theWholeMessageGoesOutWithItsLabels() async throws {
        let bench = try SparkPostBench()
        var message = SampleMail.plain(1, to: ["ana", "done"])
        message.recipients.append(SampleMail.withBlindCopy().recipients[1])
        message.envelope = [message.envelope[0], message.recipients[2].mailbox.address]
        message.text = "{{address.email}} \\ \"quoted\"\t\u{1}\n"
        message.category = "Bestätigung " + String(repeating: "ü", count: 60)
        message.tags = (1...12).map { "tag \($0)" }
        message.metadata = ["order": "17", "long": String(repeating: "x", count: 2000), "posthaste_id": "other"]
        let receipt = try await bench.provider.send(message)
        let sent = try #require(bench.server.service.transmissions.first)
        #expect(receipt == Receipt(id: sent.id))
        #expect(sent.recipients == ["ana@example.org", "secretary@example.org"])
        #expect(Array(sent.content.utf8) == MIMEWriter.message(message))
        #expect(sent.content.contains("X-Posthaste-Id: msg_1\r\n") && sent.content.contains("{{address.email}}"))
        #expect(sent.tags == (1...10).map { "tag \($0)" } && sent.metadata == ["posthaste_id": "msg_1", "order": "17"])
        #expect(sent.campaign == "Bestätigung " + String(repeating: "ü", count: 25))
        #expect(
            sent.options
                == [
                    "open_tracking": false, "click_tracking": false, "transactional": true,
                    "perform_substitutions": false,
                ]
        )
    }

    @Test func trackingIsLeftToTheServiceWhenTheOperatorSaysSo() async throws {
        let bench = try SparkPostBench([("tracking", "true")])
        _ = try await bench.provider.send(SampleMail.plain(1))
        #expect(
            bench.server.service.transmissions.first?.options == [
                "transactional": true, "perform_substitutions": false,
            ]
        )
        #expect(bench.provider.capabilities == .mime && bench.provider.maxMessageBytes == 20_000_000)
    }

    @Test func refusedRecipientsAreCountedBecauseNoneIsNamed() async throws {
        let bench = try SparkPostBench { $0.refused = ["bo@example.org"] }
        let receipt = try await bench.provider.send(SampleMail.plain(1, to: ["ana", "bo", "cy"]))
        #expect(receipt.refusals.isEmpty && receipt.id != nil && receipt.detail == nil)
        #expect(receipt.refusalNote == "SparkPost refused 1 of 3 recipients and does not say which: Invalid recipient")
        let error = await bench.failure(of: SampleMail.plain(2, to: ["bo"]))
        #expect(error?.kind == .rejected && error?.scope == .message && error?.code == "sparkpost.no_recipient")
    }

    @Test(arguments: [
        (ServiceFault.actAndAnswer(.json(200, "{}")), DeliveryError.Kind.uncertain, "sparkpost.no_id"),
        (
            .actAndAnswer(.json(200, #"{"results":{"id":"","total_accepted_recipients":1}}"#)), .uncertain,
            "sparkpost.no_id"
        ),
        (.actAndAnswer(.json(200, #"{"results":[]}"#)), .uncertain, "sparkpost.no_id"),
        (.actAndAnswer(.page(200)), .uncertain, "sparkpost.no_id"), (.actAndAnswer(.page(502)), .uncertain, "http.502"),
        (.actAndCut, .uncertain, "http.answering"), (.answer(.page(503)), .transient, "http.503"),
    ])
    func aLostAnswerIsUncertain(fault: ServiceFault, kind: DeliveryError.Kind, code: String) async throws {
        let bench = try SparkPostBench()
        bench.server.plan(fault)
        let error = await bench.failure()
        #expect(error?.kind == kind && error?.code == code)
    }

    @Test(arguments: [
        ("key", "http.401"), ("suspended", "sparkpost.account"), ("quota", "sparkpost.quota"),
    ])
    func whatStopsAllMailIsAFault(state: String, code: String) async throws {
        let bench = try SparkPostBench { service in
            switch state {
            case "key": service.key = "other"
            case "quota": service.usedToday = service.limitOfDay
            default: service.status = state
            }
        }
        let error = await bench.fault()
        #expect(error?.code == code && error?.remedy != nil && bench.server.service.transmissions.isEmpty)
        // The stand-in's day ends at 2026-09-22T00:00:00Z.
        let end = Timestamp(milliseconds: 1_790_035_200_000) - HandClock().now
        #expect((error?.kind == .rateLimited(retryAfter: end)) == (state == "quota"))
    }

    @Test func aKeyThatMayOnlySendIsFine() async throws {
        let bench = try SparkPostBench { $0.mayAsk = false }
        #expect(await bench.fault() == nil)
        #expect(try await bench.advice(from: "a@other.example") == [])
    }

    @Test func sendersWithoutAVerifiedDomainAreFaults() async throws {
        let bench = try SparkPostBench { $0.domains = ["example.org": true, "pending.example": false] }
        #expect(await bench.fault() == nil)
        let advice = try await bench.advice(
            from: "a@example.org",
            "a@sub.example.org",
            "a@other.example",
            "a@pending.example"
        )
        #expect(advice.map(\.isFault) == [true, true, false])
        #expect(advice.map { $0.text.prefix { $0 != " " } } == ["other.example", "pending.example", "sub.example.org"])
        let answer = HTTPResponse.json(
            200,
            #"{"results":[{"domain":"a.example","status":{"ownership_verified":true,"compliance_status":"blocked"}}]}"#
        )
        let blocked = try SparkPostDomains.advice(
            in: SparkPostVerdict(answer, now: HandClock().now),
            for: [EmailAddress(parsing: "a@a.example")]
        )
        #expect(blocked.map(\.isFault) == [true])
    }
}

@Suite struct SparkPostVerdictTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let response: HTTPResponse
        let kind: DeliveryError.Kind
        let code: String
        let remedy: String?

        init(_ response: HTTPResponse, _ kind: DeliveryError.Kind, _ code: String, _ remedy: String? = nil) {
            (self.response, self.kind, self.code, self.remedy) = (response, kind, code, remedy)
        }

        var testDescription: String { "\(response.status) \(code) \(kind)" }
    }

    private static func limited(_ seconds: Int) -> DeliveryError.Kind { .rateLimited(retryAfter: .seconds(seconds)) }

    @Test(arguments: [
        Row(.sparkPost(400, "7001", "Invalid domain"), .misconfigured, "sparkpost.7001", "sending domain"),
        Row(
            .json(422, #"{"errors":[{"message":"Unconfigured Sending Domain <a.example>"}]}"#),
            .misconfigured,
            "http.422"
        ),
        Row(.json(401, #"{"errors":[{"message":"Unauthorized."}]}"#), .authentication, "http.401", "region"),
        Row(.json(403, #"{"errors":[{"message":"Forbidden."}]}"#), .misconfigured, "http.403", "Transmissions"),
        Row(.sparkPost(420, "2101", "Exceed Sending Limit (hourly)"), limited(600), "sparkpost.2101"),
        Row(.sparkPost(420, "2102", "Exceed Sending Limit (daily)"), limited(3600), "sparkpost.2102"),
        Row(.page(420), limited(3600), "http.420"),
        Row(.sparkPost(400, "2103", "Exceed Sending Limit (monthly)"), limited(3600), "sparkpost.2103"),
        Row(.page(429), limited(2), "http.429"),
        Row(.json(429, "{}", headers: [HTTPHeader("Retry-After", "5")]), limited(5), "http.429"),
        Row(.json(420, "{}", headers: [HTTPHeader("Retry-After", "0")]), limited(0), "http.420"),
        Row(.page(404), .misconfigured, "http.404", "api_url"), Row(.page(301), .misconfigured, "http.301", "api_url"),
        Row(.page(405), .misconfigured, "http.405", "api_url"),
        Row(.json(404, #"{"ok":false}"#), .misconfigured, "http.404", "api_url"),
        Row(.page(408), .transient, "http.408"), Row(.page(425), .transient, "http.425"),
        Row(.page(503), .transient, "http.503"),
        Row(.page(500), .uncertain, "http.500"), Row(.page(502), .uncertain, "http.502"),
        Row(.page(504), .uncertain, "http.504"),
        Row(.json(500, #"{"errors":"none"}"#), .uncertain, "http.500"),
        Row(.json(500, #"{"errors":[{"message":["a"],"code":[1]}]}"#), .uncertain, "http.500"),
        Row(.json(500, #"{"errors":[{"mess"#), .uncertain, "http.500"),
        Row(HTTPResponse(status: 503), .transient, "http.503"),
        Row(HTTPResponse(status: 504, body: Array(repeating: 0x20, count: 10_000_000)), .uncertain, "http.504"),
    ])
    func theProviderIsJudged(row: Row) {
        let error = SparkPostVerdict(row.response, now: HandClock().now).error
        #expect(error.kind == row.kind && error.code == row.code && error.scope == .provider)
        if let remedy = row.remedy { #expect(error.remedy?.contains(remedy) == true) }
    }

    @Test(arguments: [
        Row(.sparkPost(400, "1300", "x"), .rejected, "sparkpost.1300"),
        Row(.sparkPost(400, "3001", "x"), .rejected, "sparkpost.3001"),
        Row(.sparkPost(404, "1600", "x"), .rejected, "sparkpost.1600"),
        Row(.sparkPost(405, "1000", "x"), .rejected, "sparkpost.1000"),
        Row(.page(413), .rejected, "http.413"), Row(.page(415), .rejected, "http.415"),
        Row(.sparkPost(422, "1902", "x"), .rejected, "sparkpost.1902"),
        Row(.sparkPost(422, "5002", "x"), .rejected, "sparkpost.5002"),
        Row(.sparkPost(422, "1301", "x"), .rejected, "sparkpost.1301"),
        Row(.sparkPost(409, "1602", "x"), .transient, "sparkpost.1602"),
    ])
    func theMessageIsJudged(row: Row) {
        let error = SparkPostVerdict(row.response, now: HandClock().now).error
        #expect(error.kind == row.kind && error.scope == .message && error.code == row.code)
    }

    @Test func theWordsOfTheServiceAreShown() {
        let answer = #"{"errors":[{"message":"Invalid domain","description":"Unverified.","code":7001}]}"#
        let error = SparkPostVerdict(.json(400, answer), now: HandClock().now).error
        #expect(error.code == "sparkpost.7001" && error.detail == "SparkPost answered 400: Invalid domain: Unverified.")
    }
}

@Suite struct SparkPostKindTests {
    private func faults(_ settings: (String, SampleSettings)...) -> [String] {
        let reader = SampleSettings.map(settings).reader
        let read = ProviderKind.sparkpost.read(reader, SampleProvider.sample().context)
        #expect((read == nil) == reader.hasFaults)
        return reader.faults().map(\.path).sorted()
    }

    @Test func aKeyIsEnough() {
        #expect(faults(("api_key", "k")) == [])
        let events: SampleSettings = ["username": "u", "password": "p"]
        #expect(
            faults(("api_key", "k"), ("region", "eu"), ("tracking", "no"), ("timeout", "5s"), ("events", events)) == []
        )
    }

    @Test func allFaultsAreFoundAtOnce() {
        #expect(faults() == ["providers.p"])
        #expect(
            faults(
                ("api_key", "a b"),
                ("region", "de"),
                ("api_url", "http://x.example"),
                ("key", "x"),
                ("timeout", "0s")
            )
                == ["api_key", "api_url", "key", "region", "timeout"].map { "providers.p.\($0)" }
        )
        #expect(faults(("api_key", "a\nb"), ("events", ["username": "u"])).count == 2)
    }

    @Test(arguments: [("us", "https://api.sparkpost.com/"), ("eu", "https://api.eu.sparkpost.com/")])
    func theRegionChoosesTheAddress(region: String, address: String) throws {
        let reader = SampleSettings.map([("api_key", "k"), ("region", .scalar(region))]).reader
        #expect(try #require(SparkPostSettings(reader)).http.apiURL.description == address)
    }
}
