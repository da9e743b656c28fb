// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Foundation
import GatewayTesting
import JSON
import Mail
import PasswordReset
import Queue
import SQL
import Storage
import Submission
import Synchronization

/// A reset service over a real SQLite file and a simulated Keycloak, with a manual clock.
final class ResetBench: Sendable {
    static let realm = StandInKeycloak.State(users: [
        StandInKeycloak.User("u-ana", email: "ana@example.org", firstName: "Ana"),
        StandInKeycloak.User("u-banana", email: "banana@example.org"),
        StandInKeycloak.User("u-plus", email: "ana+club@example.org"),
    ])

    let notes = Notes()
    let keycloak: StandInKeycloak
    let database: any Database
    let service: ResetService
    let binder: ResetBinder
    private let folder: String

    /// `database` has a current schema and is shared with other gateways; nil makes a new one.
    init(
        _ settings: ResetSettings = ResetBench.settings,
        realm: StandInKeycloak.State = ResetBench.realm,
        database shared: (any Database)? = nil
    ) async throws {
        folder = NSTemporaryDirectory() + "reset-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let clock: Clock = { [notes] in notes.now.withLock(\.self) }
        if let shared {
            database = shared
        } else {
            database = try SQLiteDatabase.open(path: folder + "/store.db")
            try await Migrator(StoreSchema.whole).migrate(database, now: clock())
        }
        let parse: @Sendable ([UInt8]) throws -> JSON = { try JSONReader.read($0) }
        keycloak = StandInKeycloak(realm, clock: clock, parse: parse)
        let directory = KeycloakDirectory(
            KeycloakDirectory.Settings(
                url: try Self.url("https://id.example.org/"),
                realm: "westside",
                clientID: "posthaste",
                clientSecret: Secret("s3cret")
            ),
            client: keycloak,
            clock: clock,
            parse: parse
        )
        let ids = IDs(clock: clock, random: { UInt64.random(in: .min ... .max) })
        let parts = ResetService.Parts(
            tokens: ResetTokens(database: database),
            limits: ResetLimits(database: database),
            directory: directory,
            send: { [notes, database] mail throws(Problem) in
                guard await Self.isAdmitted(mail, database) else { return nil }
                notes.sent.withLock { $0.append(mail) }
                return "msg_\(mail.template)"
            },
            trail: notes,
            ids: ids,
            clock: clock,
            random: { UInt64.random(in: .min ... .max) }
        )
        service = ResetService(settings, parts)
        binder = ResetBinder(settings, parts)
    }

    private static func isAdmitted(_ mail: FeatureMail, _ database: any Database) async -> Bool {
        guard let admission = mail.admission else { return true }
        // A store that cannot count is a broken bench; no mail is sent.
        return (try? await database.write { (connection) throws(DatabaseError) in try admission(connection) }) ?? false
    }

    deinit {
        // A leftover temporary folder does no harm.
        try? FileManager.default.removeItem(atPath: folder)
    }

    static let settings = ResetSettings(
        brand: "westside",
        link: "https://app.example.org/reset?token={token}",
        limits: ResetSettings.Limits(
            perAddress: Limit(3, per: .seconds(3600)),
            perClient: Limit(20, per: .seconds(3600))
        )
    )

    static let caller = ResetCaller(client: "192.0.2.1", network: "192.0.2.1", origin: "192.0.2.…", locale: "de")

    private static func url(_ text: String) throws -> HTTPURL {
        guard let url = HTTPURL(text) else { throw Missing() }
        return url
    }

    struct Missing: Error {}

    func parse(_ text: String) throws -> JSON { try JSONReader.read(Array(text.utf8)) }

    var sent: [FeatureMail] { notes.sent.withLock(\.self) }
    var events: [ResetEvent] { notes.events.withLock(\.self) }
    var realm: StandInKeycloak.State { keycloak.state.withLock(\.self) }

    func setRealm(_ change: (inout StandInKeycloak.State) -> Void) {
        keycloak.state.withLock { change(&$0) }
    }

    func advance(by span: Duration) {
        notes.now.withLock { $0 = $0 + span }
    }

    /// Requests a link and sends the mail; returns the token in it.
    func token(for address: String, as caller: ResetCaller = ResetBench.caller) async throws -> String {
        try await service.request(["email": .string(address)], from: caller)
        guard let mail = notes.sent.withLock(\.last) else { throw Missing() }
        let values = try await bind(mail)
        guard let link = values.values["link"]?.string, let token = link.split(separator: "=").last else {
            throw Missing()
        }
        return String(token)
    }

    func bind(_ mail: FeatureMail) async throws -> LateValues {
        guard let binding = mail.binding else { throw Missing() }
        return try await binder.bind(Self.message(mail), reference: binding.reference)
    }

    func confirm(_ token: String, _ password: String, as caller: ResetCaller = ResetBench.caller) async throws(Problem)
    {
        try await service.confirm(["token": .string(token), "new_password": .string(password)], from: caller)
    }

    private static func message(_ mail: FeatureMail) -> QueuedMessage {
        let recipient = Recipient(mail.to)
        let request = StoredRequest(
            from: mail.to,
            recipients: [recipient],
            content: .template(
                name: mail.template,
                version: ContentHash(hexadecimal: "00"),
                locale: mail.locale,
                data: .object(mail.data)
            ),
            brand: mail.brand ?? "default"
        )
        let start = Timestamp(milliseconds: 1_800_000_000_000)
        return QueuedMessage(
            id: "msg_1",
            priority: .critical,
            routingKey: request.routingKey,
            due: start,
            createdAt: start,
            expiresAt: mail.expiresAt,
            agedFrom: start,
            attempts: 0,
            passes: 0,
            request: request,
            sealedSecrets: nil,
            recipients: [RecipientStatus(address: mail.to.address, kind: .to)]
        )
    }

    /// The recorded calls and outcomes of the parts of a bench.
    final class Notes: ResetTrail {
        let now = Mutex(Timestamp(milliseconds: 1_800_000_000_000))
        let sent = Mutex<[FeatureMail]>([])
        let events = Mutex<[ResetEvent]>([])

        func note(_ event: ResetEvent, _ caller: ResetCaller?) {
            events.withLock { $0.append(event) }
        }
    }
}
