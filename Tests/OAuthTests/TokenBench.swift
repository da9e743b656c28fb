// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Delivery
import Foundation
import JSON
import OAuth
import Providers
import SQL
import Storage
import Synchronization

/// Token sources over a real store and real files, a strict token endpoint, and a manual clock.
final class TokenBench: Sendable {
    static let start = Timestamp(milliseconds: 1_800_000_000_000)
    static let key = TokenKey(provider: "gmail", account: "noreply@example.org")

    let folder: String
    let endpoint = StrictEndpoint()
    let now = Mutex(TokenBench.start)
    let changes = Mutex<[TokenStatus]>([])
    let store: CountingStore

    init() async throws {
        folder = NSTemporaryDirectory() + "tokens-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let database = try SQLiteDatabase.open(path: folder + "/store.db")
        try await Migrator(StoreSchema.whole).migrate(database, now: Self.start)
        let commits = SharedCommits(database)
        store = CountingStore(SQLStores(database: database, commits: commits) { try JSONReader.read($0) }.tokens)
        write(
            #"{"installed":{"client_id":"c1","client_secret":"s1","token_uri":"http://127.0.0.1:1/token"}}"#,
            to: "client.json"
        )
    }

    deinit {
        // A leftover temporary folder does no harm.
        try? FileManager.default.removeItem(atPath: folder)
    }

    func write(_ text: String, to name: String) {
        _ = AtomicFile.write(Array(text.utf8), to: path(name))
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }
    func text(_ name: String) -> String { (try? String(contentsOfFile: path(name), encoding: .utf8)) ?? "" }

    var changedStates: [TokenStatus.State] { changes.withLock { $0.map(\.state) } }

    var moment: Timestamp { now.withLock(\.self) }

    func advance(by span: Duration) {
        now.withLock { $0 = $0 + span }
    }

    static func parse(_ bytes: [UInt8]) throws -> JSON { try JSONReader.read(bytes) }

    /// A gateway's registry; several of them share the store.
    func registry(_ holder: String = "g1", key: String? = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
        -> TokenSources
    {
        let clock: Clock = { [self] in now.withLock(\.self) }
        let supplies = TokenSupplies(
            client: endpoint,
            clock: clock,
            holder: holder,
            parse: { try Self.parse($0) },
            write: { AtomicFile.write($0, to: $1) }
        )
        let registry = TokenSources(clock: clock, pause: { _ in await Task.yield() }) { supplies.supply($0, $1) }
        registry.places.attach(
            store,
            sealing: TokenSealing(key.flatMap { SecretSealing(keys: [Secret($0)]) }) { try Self.parse($0) }
        )
        registry.onChange { [self] status in changes.withLock { $0.append(status) } }
        return registry
    }

    func request(_ place: TokenLocation = .database(row: nil)) -> TokenRequest {
        TokenRequest(
            provider: "google",
            kind: "gmail",
            account: Self.key.account,
            place: place,
            credentials: path("client.json"),
            scopes: ["https://www.googleapis.com/auth/gmail.send"]
        )
    }

    /// Puts a token into the database in plain text, as other programs do.
    func put(_ json: String) async throws {
        let old = try await store.rows(Self.key).first
        let now = now.withLock(\.self)
        let row = TokenRow(
            key: Self.key,
            data: Array(json.utf8),
            expiresAt: nil,
            version: 0,
            createdAt: now,
            updatedAt: now
        )
        _ = try await store.write(row, replacing: old?.version)
    }
}

/// A token endpoint that refuses what a real one refuses, and knows which refresh tokens are valid.
final class StrictEndpoint: HTTPClient {
    struct State {
        var good: Set<String> = ["r1"]
        var rotates = false
        var life: JSON = 3599
        var issued = 0
        var calls = 0
        var lastForm: [String: String] = [:]
        var answers: [HTTPResponse] = []
        var failure: HTTPFailure?
        /// Runs during the next call.
        var meanwhile: (@Sendable () async -> Void)?
    }

    let state = Mutex(State())

    var lastForm: [String: String] { state.withLock(\.lastForm) }
    var calls: Int { state.withLock(\.calls) }

    func change(_ body: (inout State) -> Void) {
        state.withLock { body(&$0) }
    }

    func perform(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        await Task.yield()
        let meanwhile = state.withLock { state in
            defer { state.meanwhile = nil }
            return state.meanwhile
        }
        await meanwhile?()
        let result: Result<HTTPResponse, HTTPFailure> = state.withLock { state in
            state.calls += 1
            state.lastForm = Self.form(request)
            if let failure = state.failure { return .failure(failure) }
            if !state.answers.isEmpty { return .success(state.answers.removeFirst()) }
            return .success(Self.answer(request, &state))
        }
        return try result.get()
    }

    private static func answer(_ request: HTTPRequest, _ state: inout State) -> HTTPResponse {
        let form = form(request)
        guard form["client_id"] == "c1", form["client_secret"] == "s1" else {
            return refusal(401, "invalid_client", "Unauthorized")
        }
        guard form["grant_type"] == "refresh_token", let token = form["refresh_token"], state.good.contains(token)
        else {
            return refusal(400, "invalid_grant", "Token has been expired or revoked.")
        }
        state.issued += 1
        var body = JSONObject([
            ("access_token", .string("a\(state.issued)")), ("expires_in", state.life), ("token_type", "Bearer"),
            ("scope", "https://www.googleapis.com/auth/gmail.send"),
        ])
        if state.rotates {
            state.good.remove(token)
            state.good.insert("r-\(state.issued)")
            body["refresh_token"] = .string("r-\(state.issued)")
        }
        return HTTPResponse(status: 200, body: JSON.object(body).encoded())
    }

    private static func form(_ request: HTTPRequest) -> [String: String] {
        let pairs = String(decoding: request.body, as: UTF8.self).split(separator: "&").map { (item: Substring) in
            item.split(separator: Character("="), maxSplits: 1).map { PercentEncoding.decode($0) ?? "" }
        }
        return Dictionary(uniqueKeysWithValues: pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) })
    }

    static func refusal(_ status: Int, _ error: String, _ words: String) -> HTTPResponse {
        let body: JSON = ["error": .string(error), "error_description": .string(words)]
        return HTTPResponse(status: status, body: body.encoded())
    }
}

/// A store that counts calls, and fails on demand.
final class CountingStore: TokenStore {
    struct State {
        var accesses = 0
        var failsWrites = false
    }

    private let inner: SQLTokens
    let state = Mutex(State())

    init(_ inner: SQLTokens) {
        self.inner = inner
    }

    var accesses: Int { state.withLock(\.accesses) }

    func failWrites(_ fails: Bool) {
        state.withLock { $0.failsWrites = fails }
    }

    private func count() {
        state.withLock { $0.accesses += 1 }
    }

    func rows(_ key: TokenKey?) async throws(StoreError) -> [TokenRow] {
        count()
        return try await inner.rows(key)
    }

    func versions() async throws(StoreError) -> [TokenKey: Int] {
        count()
        return try await inner.versions()
    }

    func write(_ row: TokenRow, replacing version: Int?) async throws(StoreError) -> Int? {
        count()
        if state.withLock(\.failsWrites) { throw .unavailable("disk full") }
        return try await inner.write(row, replacing: version)
    }

    func delete(_ key: TokenKey) async throws(StoreError) -> Bool {
        count()
        return try await inner.delete(key)
    }

    func lock(_ key: TokenKey, holder: String, now: Timestamp, until: Timestamp) async throws(StoreError) -> Bool {
        count()
        return try await inner.lock(key, holder: holder, now: now, until: until)
    }

    func unlock(_ key: TokenKey, holder: String) async throws(StoreError) {
        count()
        try await inner.unlock(key, holder: holder)
    }
}
