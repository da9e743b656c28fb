// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Delivery
import GatewayTesting
import JSON
import Mail
import Settings
import Testing

@testable import Providers

/// The reader of a kind, built from settings, and a sender that fits it.
struct EventBench: Sendable {
    static let now = Timestamp(milliseconds: 1_796_058_000_000)
    static let mail = ReportedMail(
        messageID: "msg_01K8ZQ4W0000000000000000AB",
        serviceID: "7d1f0b8e",
        recipient: "Ana@example.org"
    )

    let sender: any EventSender
    let reader: any EventReader

    init(_ kind: ProviderKind, _ sender: any EventSender, http: any HTTPClient = UnreachableHTTP()) throws {
        self.sender = sender
        let events = SampleSettings.map(sender.settings.map { ($0.key, $0.value.sample) })
        reader = try #require(try Self.reader(kind, events, http: http))
    }

    /// The reader for the settings below `events:`; nil without them.
    static func reader(
        _ kind: ProviderKind,
        _ events: SampleSettings?,
        http: any HTTPClient = UnreachableHTTP()
    ) throws -> (any EventReader)? {
        let own = settings[kind.name] ?? [("api_key", "key")]
        let reader = SampleSettings.map(own + (events.map { [("events", $0)] } ?? [])).reader
        let sample = SampleProvider.sample(http: http)
        let settings = try #require(kind.read(reader, sample.context), "\(reader.faults())")
        try #require(reader.faults() == [])
        return settings.eventReader(sample.services)
    }

    private static let settings: [String: [(String, SampleSettings)]] = [
        "ses": [("region", "eu-central-1"), ("access_key_id", "AKIAEXAMPLE"), ("secret_access_key", "secret")],
        "mailgun": [("api_key", "key"), ("domain", "mg.example.org")],
        "postmark": [("server_token", "key")],
        "mailjet": [("api_key", "key"), ("secret_key", "key")],
        "plugin": [("run", ["/bin/cat"])],
    ]

    /// The kinds that need no server, each with its sender.
    static let kinds: [(kind: ProviderKind, sender: any EventSender)] = [
        (.sendgrid, SendGridEventSender()), (.mailgun, MailgunEventSender()), (.postmark, PostmarkEventSender()),
        (.resend, ResendEventSender()), (.brevo, BrevoEventSender()), (.mailjet, MailjetEventSender()),
        (.sparkpost, SparkPostEventSender()), (.plugin, PluginEventSender()),
    ]

    /// The bench of a kind in ``kinds``.
    init(_ name: String) throws {
        let row = try #require(Self.kinds.first { $0.kind.name == name })
        try self.init(row.kind, row.sender)
    }

    func read(_ call: EventCall, now: Timestamp = now) async -> Result<[FeedbackEvent], EventRejection> {
        do throws(EventRejection) {
            return .success(try await reader.read(call, now: now))
        } catch {
            return .failure(error)
        }
    }

    /// The events of a signed call with this JSON.
    func events(_ body: JSON, now: Timestamp = now) async throws -> [FeedbackEvent] {
        try await read(sender.signed(body, at: now), now: now).get()
    }

    /// What is wrong with a signed call with this JSON; nil when it is taken, or refused for another reason.
    func fault(_ body: JSON) async -> String? {
        guard case .failure(.malformed(let text)) = await read(sender.signed(body, at: Self.now)) else { return nil }
        return text
    }

    /// The status with which a call is refused; 200 when it is taken.
    func status(_ call: EventCall, now: Timestamp = now) async -> Int {
        switch await read(call, now: now) {
        case .success: 200
        case .failure(.unauthorized(let status, _)): status
        case .failure(.malformed): 400
        case .failure(.unavailable): 503
        }
    }
}

extension EventSetting.Value {
    fileprivate var sample: SampleSettings {
        switch self {
        case .text(let text): .scalar(text)
        case .list(let items): .list(items.map { .scalar($0) })
        }
    }
}

extension EventCall {
    /// The call with another field or body.
    func changed(_ fields: [String: String] = [:], without names: [String] = [], body: [UInt8]? = nil) -> EventCall {
        EventCall(
            fields: self.fields.merging(fields) { $1 }.filter { !names.contains($0.key) },
            body: body ?? self.body
        )
    }
}

extension ReportedEvent {
    /// What the gateway makes of it.
    var kind: FeedbackEvent.Kind {
        switch self {
        case .delayed: .delayed
        case .delivered: .delivered
        case .hardBounce: .bounced(.hard)
        case .softBounce: .bounced(.soft)
        case .policyBounce: .bounced(.policy)
        case .suppressedBounce: .bounced(.suppressed)
        case .complained: .complained
        case .opened: .opened
        case .clicked: .clicked
        case .unsubscribed: .unsubscribed
        }
    }
}
