// SPDX-License-Identifier: Apache-2.0
import JSON
import Synchronization

@testable import Basics
@testable import Delivery
import GatewayTesting
@testable import Queue
@testable import Submission

/// An acceptance over stores in memory, with a manual clock.
struct AcceptanceBench {
    static let start = Timestamp(milliseconds: 1_795_000_000_000)
    static let sealing = SecretSealing(keys: [Secret(Base64.encode([UInt8](repeating: 7, count: 32)))])

    let store = MemoryStore()
    let dispatcher: RecordingDispatcher
    let acceptance: MessageSubmission
    let time: ManualTime

    init(
        room: Int = 1000,
        capabilities: [String: Capabilities] = ["relay": .mime, "inbox": [.mime, .internationalAddresses]],
        maxBytes: Int? = nil,
        sealing: SecretSealing? = sealing
    ) {
        let (dispatcher, time) = (RecordingDispatcher(room: room), ManualTime(Self.start))
        self.dispatcher = dispatcher
        self.time = time
        acceptance = MessageSubmission(
            settings: SubmissionSettings(
                defaultBrand: "default",
                routes: Routes([.init(via: ["relay"])]),
                providers: capabilities.mapValues { SilentProvider(capabilities: $0, maxMessageBytes: maxBytes) },
                criticalCategories: ["password-reset"]
            ),
            templates: FakeTemplates(),
            sealing: sealing,
            stores: .init(outbox: store, replays: store, archive: store),
            dispatching: dispatcher,
            ids: IDs(clock: time.now, random: { 42 }),
            clock: time.now
        )
    }

    /// The problem of a refused request, nil when it is accepted.
    func problem(_ body: JSON, from principal: Principal = .commandLine) async -> Problem? {
        do throws(Problem) {
            _ = try await acceptance.accept(body, from: principal)
            return nil
        } catch {
            return error
        }
    }
}

/// A manual clock.
final class ManualTime: Sendable {
    private let moment: Mutex<Timestamp>

    init(_ start: Timestamp) {
        moment = Mutex(start)
    }

    var now: Clock { { self.moment.withLock { $0 } } }

    func advance(_ span: Duration) { moment.withLock { $0 = $0 + span } }
}

extension Principal {
    /// A key that may send for the brand default from one domain.
    static func fixture(
        brands: Set<String>? = ["default"],
        from: [String]? = ["*@example.org"],
        scopes: Set<APIKey.Scope> = [.send]
    ) -> Principal {
        Principal(keyID: "key_1", brands: brands, from: from, scopes: scopes)
    }
}
