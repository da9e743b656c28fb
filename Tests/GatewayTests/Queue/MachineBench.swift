// SPDX-License-Identifier: Apache-2.0
@testable import Basics
@testable import Delivery
import GatewayTesting
@testable import Mail
@testable import Queue
import Testing

/// A dispatch machine with a manual clock, for tests that read like a log of events.
final class MachineBench {
    static let start = Timestamp(milliseconds: 1_790_000_000_000)

    var machine: DispatchMachine
    var now = MachineBench.start
    private var count = 0

    init(
        _ providers: [(name: String, limits: ProviderLimits)] = [("relay", ProviderLimits(concurrency: 4))],
        routes: [Routes.Route]? = nil,
        retry: RetryPolicy = RetryPolicy(jitter: 0),
        usage: [String: Int] = [:],
        capabilities: [String: Capabilities] = [:],
        maxBytes: [String: Int] = [:]
    ) {
        let settings = Self.settings(
            providers,
            routes: routes,
            retry: retry,
            capabilities: capabilities,
            maxBytes: maxBytes
        )
        machine = DispatchMachine(
            settings: settings,
            holder: LeaseHolder(number: 1),
            usage: usage,
            paused: [],
            now: Self.start
        )
    }

    static func settings(
        _ providers: [(name: String, limits: ProviderLimits)],
        routes: [Routes.Route]? = nil,
        retry: RetryPolicy = RetryPolicy(jitter: 0),
        capabilities: [String: Capabilities] = [:],
        maxBytes: [String: Int] = [:]
    ) -> DeliverySettings {
        let entries = providers.map { name, limits in
            DeliverySettings.ProviderEntry(
                name: name,
                kind: "stub",
                isCapture: false,
                limits: limits,
                provider: SilentProvider(capabilities: capabilities[name] ?? .mime, maxMessageBytes: maxBytes[name])
            )
        }
        return DeliverySettings(
            providers: entries,
            routes: Routes(routes ?? [.init(via: providers.map(\.name))]),
            retry: retry
        )
    }

    func message(
        priority: Priority = .normal,
        brand: String = "default",
        to: [String] = ["ana"],
        expiresAt: Timestamp? = nil,
        pin: String? = nil,
        copies: Bool = false,
        text: String = "Hello"
    ) -> QueuedMessage {
        count += 1
        let recipients = to.enumerated().map { index, local in
            Recipient(
                Mailbox(EmailAddress(checkedLocal: local, checkedDomain: "example.org")),
                kind: copies && index > 0 ? .bcc : .to
            )
        }
        let request = StoredRequest(
            from: Mailbox(EmailAddress(checkedLocal: "noreply", checkedDomain: "example.org")),
            recipients: recipients,
            content: .literal(subject: "Hello", html: nil, text: text),
            brand: brand,
            priority: priority,
            provider: pin
        )
        return QueuedMessage(
            id: "m\(count)",
            priority: priority,
            routingKey: request.routingKey,
            due: now,
            createdAt: now,
            expiresAt: expiresAt,
            agedFrom: now,
            attempts: 0,
            passes: 0,
            request: request,
            sealedSecrets: nil,
            recipients: recipients.map { RecipientStatus(address: $0.mailbox.address, kind: $0.kind) }
        )
    }

    /// Admits messages, as if read from the store, and pumps.
    func admit(_ messages: [QueuedMessage]) -> [DispatchMachine.Action] {
        machine.admit(messages)
        return pump()
    }

    func pump(after span: Duration = .zero) -> [DispatchMachine.Action] {
        now = now + span
        let actions = machine.pump(now: now)
        for settlement in actions.settlements { #expect(settlement.isAllowed(from: .queued), "\(settlement)") }
        return actions
    }

    /// Ends the attempt of a message and stores the outcome; returns the settlement and the next effects.
    func end(
        _ id: String,
        _ result: AttemptResult,
        chance: Double = 0.5
    ) -> (settlement: Settlement?, then: [DispatchMachine.Action]) {
        guard let settlement = machine.finished(id, with: result, now: now, chance: chance) else {
            return (nil, pump())
        }
        #expect(settlement.isAllowed(from: .sending), "\(settlement)")
        machine.stored(settlement)
        return (settlement, pump())
    }

    func reserve(_ key: QueueKey, _ count: Int) -> Bool {
        machine.reserve(key, count: count, now: now)
    }

    func state(_ position: Int = 0) -> ProviderStatus.State { machine.statuses(now: now)[position].state }

    /// As after the store was read and had no mail that waits.
    func forgetStore() { machine.refreshed(heads: [], parked: Array(machine.backlog.parked)) }

    /// Fails one message the given number of times.
    func fail(_ times: Int, _ error: DeliveryError) {
        for _ in 0..<times {
            let message = message()
            _ = admit([message])
            _ = end(message.id, .failed(error))
            forgetStore()
        }
    }
}

extension Settlement {
    /// Whether a leased message in `state` may get this outcome.
    fileprivate func isAllowed(from state: MessageState) -> Bool {
        self.state == state ? keepsLease || state == .queued : state.canBecome(self.state)
    }
}

extension [DispatchMachine.Action] {
    /// The attempts, as `message@provider`.
    var attempts: [String] {
        compactMap { action in
            guard case .attempt(let id, let provider) = action else { return nil }
            return "\(id)@\(provider)"
        }
    }

    var settlements: [Settlement] {
        compactMap { action in
            guard case .settle(let settlement) = action else { return nil }
            return settlement
        }
    }

    var probes: [String] {
        compactMap { action in
            guard case .probe(let provider) = action else { return nil }
            return provider
        }
    }
}

extension DeliveryError {
    static let refusedConnection = DeliveryError(.transient, code: "smtp.connect", detail: "connection refused")
    static let greylisted = DeliveryError(.transient, scope: .message, code: "smtp.4.7.1", detail: "try later")
    static let noSuchUser = DeliveryError(.rejected, scope: .message, code: "smtp.5.1.1", detail: "no such user")
    static let badPassword = DeliveryError(.authentication, code: "smtp.5.7.8", detail: "bad credentials")
    static let wrongSender = DeliveryError(.misconfigured, code: "smtp.5.7.1", detail: "not your address")
    static let cutAfterBody = DeliveryError(.uncertain, code: "smtp.cut", detail: "no answer")

    static func limited(_ seconds: Int?) -> DeliveryError {
        DeliveryError(.rateLimited(retryAfter: seconds.map { .seconds($0) }), code: "http.429", detail: "slow down")
    }
}
