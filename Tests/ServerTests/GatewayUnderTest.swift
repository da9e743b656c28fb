// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import JSON
import Logging
import Mail
import Monitoring
import Queue
import Server
import Submission
import Synchronization
import Templates

/// A whole API over stores in memory, with one key of each kind.
struct GatewayUnderTest {
    let stores = MemoryStores()
    let dispatching = StubDispatching()
    let metrics = Metrics()
    let front: RequestPipeline
    let server: HTTPServer
    let ring: APIKeyCache
    let log: LogLines
    /// The time of the console.
    let now = ConsoleClock()

    init(
        settings: HTTPServer.Settings = HTTPServer.Settings(host: "127.0.0.1", port: 0),
        trusting proxies: [String] = [],
        extra: [Endpoint] = [],
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        let clock: Clock = { Timestamp(milliseconds: 1_790_000_000_000) }
        let random: @Sendable () -> UInt64 = { .random(in: 0...UInt64.max) }
        let ids = IDs(clock: clock, random: random)
        let log = LogLines()
        let ring = APIKeyCache(store: stores, ids: ids, clock: clock, random: random)
        let logger = Logger(label: "test") { _ in log }
        front = RequestPipeline(
            authenticate: { (secret) throws(StoreError) in try await ring.authenticate(secret) },
            trustedProxies: proxies.compactMap { IPNetwork($0) },
            publicHost: "mail.example.org",
            metrics: metrics,
            logger: logger,
            seed: 1
        )
        self.ring = ring
        self.log = log
        let acceptance = Self.acceptance(stores, dispatching, ids, clock)
        server = HTTPServer(
            Self.endpoints(acceptance, stores, dispatching, metrics, clock)
                + Self.keyEndpoints(acceptance, stores, dispatching, ring, logger, { [now] in now.now }) + extra,
            fronts: Self.fronts(acceptance, stores, dispatching, metrics, logger, clock),
            front: front,
            settings: settings,
            logger: Logger(label: "http") { _ in SwiftLogNoOpLogHandler() },
            onListening: onListening
        )
    }

    /// The secret of a new key.
    func key(_ scopes: APIKey.Scope..., brands: [String]? = nil) async throws -> String {
        let secret = try await ring.create(name: "test", brands: brands, scopes: Set(scopes)).secret
        return secret.exposed
    }

    private static let routes = Routes([
        Routes.Route(brand: "westside", via: ["inbox"]), Routes.Route(via: ["relay", "inbox"]),
    ])

    private static func acceptance(
        _ stores: MemoryStores,
        _ dispatching: StubDispatching,
        _ ids: IDs,
        _ clock: @escaping Clock
    ) -> MessageSubmission {
        MessageSubmission(
            settings: SubmissionSettings(
                defaultBrand: "default",
                routes: routes,
                providers: ["inbox", "relay"].reduce(into: [:]) {
                    $0[$1] = SilentProvider(
                        capabilities: [.customHeaders, .attachments, .inlineImages, .textOnly, .copies]
                    )
                },
                criticalCategories: []
            ),
            templates: StubTemplates(),
            sealing: nil,
            stores: MessageSubmission.Stores(outbox: stores, replays: stores, archive: stores),
            dispatching: dispatching,
            ids: ids,
            clock: clock
        )
    }

    private static func fronts(
        _ acceptance: MessageSubmission,
        _ stores: MemoryStores,
        _ dispatching: StubDispatching,
        _ metrics: Metrics,
        _ logger: Logger,
        _ clock: @escaping Clock
    ) -> FrontDispatcher {
        let desk = FrontDesk(
            submission: acceptance,
            archive: FrontDesk.Archive(messages: stores, suppressions: stores, view: StubViewing()),
            dispatching: dispatching,
            shelf: { (StubTemplates(), "default") },
            metrics: metrics,
            logger: logger,
            clock: clock
        )
        let settings = FrontsSettings(enabled: Set(Fronts.names))
        return FrontDispatcher(Fronts.all, settings: { settings }, desk: desk, clock: clock)
    }

    private static func endpoints(
        _ acceptance: MessageSubmission,
        _ stores: MemoryStores,
        _ dispatching: StubDispatching,
        _ metrics: Metrics,
        _ clock: @escaping Clock
    ) -> [Endpoint] {
        let sources = OperationsAPI.Sources(
            isStoreReachable: { stores.isReachable },
            routes: { routes },
            statuses: { dispatching.statuses() },
            warnings: { ["no alerts are set up"] },
            depths: { [QueueDepth(priority: .normal, state: .queued, count: 3, oldest: clock() - .seconds(5))] },
            templateFaults: { 2 }
        )
        return MessagesAPI(
            acceptance: acceptance,
            archive: stores,
            search: MessageSearch(archive: stores) { _ in nil },
            dispatching: dispatching,
            metrics: metrics,
            clock: clock
        ).endpoints
            + TemplatesAPI(acceptance: acceptance) { (StubTemplates(), "default") }.endpoints
            + ProvidersAPI(dispatching: dispatching, controls: stores, clock: clock) { _ in .null }.endpoints
            + SuppressionsAPI(store: stores, clock: clock).endpoints
            + OperationsAPI(sources: sources, metrics: metrics, clock: clock).endpoints
    }

    /// The keys and the console, whose time is that of the test.
    private static func keyEndpoints(
        _ acceptance: MessageSubmission,
        _ stores: MemoryStores,
        _ dispatching: StubDispatching,
        _ ring: APIKeyCache,
        _ logger: Logger,
        _ clock: @escaping Clock
    ) -> [Endpoint] {
        var readings = ConsoleServices.Readings()
        readings.brandNames = { ["default", "westside"] }
        readings.settings = { ["listen": "127.0.0.1:8025", "sealing_keys": ["••••••"]] }
        let console = ConsoleServices(
            stores: ConsoleServices.Stores(
                messages: stores,
                search: MessageSearch(archive: stores) { _ in nil },
                view: StubViewing(),
                controls: stores,
                suppressions: stores,
                keys: ring,
                links: stores
            ),
            readings: readings,
            dispatching: dispatching,
            submission: acceptance,
            publicURL: "https://mail.example.org",
            hostName: "mail1",
            logger: logger,
            clock: clock,
            random: { .random(in: 0...UInt64.max) }
        )
        return KeysAPI(keys: ring, brandNames: readings.brandNames, logger: logger).endpoints
            + ConsoleAPI(console).endpoints
    }
}

/// A clock that the test sets.
final class ConsoleClock: Sendable {
    private let moment = Mutex(Timestamp(milliseconds: 1_790_000_000_000))

    var now: Timestamp { moment.withLock { $0 } }

    func pass(_ time: Duration) { moment.withLock { $0 = $0 + time } }
}

/// Returns the content of the request unchanged.
private struct StubViewing: MessageViewing {
    func rendered(_ record: MessageRecord, showingSecrets: Bool) async throws(BuildError) -> MailContent {
        guard case .literal(let subject, let html, let text)? = record.request?.content else {
            throw .unbuildable(MessageFailure(kind: "template", code: "content.dropped", detail: "gone"))
        }
        return MailContent(subject: subject, html: html, text: text ?? "")
    }

    func source(_ record: MessageRecord, showingSecrets: Bool) async throws(BuildError) -> [UInt8] {
        Array("Subject: x\r\n\r\n</pre><script>alert(1)</script>".utf8)
    }

    func attachments(of record: MessageRecord) async throws(BuildError) -> [Attachment] {
        [
            Attachment(
                checkedFileName: "a\"b.html",
                checkedContentType: "text/html",
                checkedContentID: nil,
                disposition: .attachment,
                content: Array("<script>".utf8)
            )
        ]
    }

    func request(again record: MessageRecord) async throws(BuildError) -> SendRequest {
        var request = SendRequest(via: .api)
        request.to = SendRequest.Addresses(record.recipients.map { Mailbox($0.address) })
        (request.subject, request.text, request.brand) = ("again", "again", record.brand)
        return request
    }
}
