// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Mail
internal import Queue
internal import Submission

/// How the console names what happened to messages.
enum MessageWords {
    static func state(_ state: MessageState) -> Markup {
        "<span class=\"state is-\(state.rawValue)\">\(state.rawValue)</span>"
    }

    static func state(_ state: RecipientStatus.State) -> Markup {
        let shape =
            switch state {
            case .pending: "queued"
            case .refused: "failed"
            default: state.rawValue
            }
        return "<span class=\"state is-\(shape)\">\(state.rawValue)</span>"
    }

    /// The first recipient, and how many more there are.
    static func recipients(_ record: MessageRecord) -> String {
        let all = record.recipients.map(\.address.description)
        guard let first = all.first else { return "(no recipient)" }
        return all.count > 1 ? "\(first) +\(all.count - 1)" : first
    }

    static func mailbox(_ mailbox: Mailbox) -> String {
        mailbox.name.map { "\($0) <\(mailbox.address)>" } ?? mailbox.address.description
    }

    /// The shape of an event in the timeline.
    static func tone(_ kind: MessageEvent.Kind) -> String {
        switch kind {
        case .accepted, .sent, .delivered, .opened, .clicked, .released: "good"
        case .failed, .bounced, .complained, .recipientRefused, .expired: "fault"
        case .deferred, .failedOver, .parked, .uncertain, .delayed: "warn"
        default: "step"
        }
    }

    static func title(_ event: MessageEvent) -> String {
        let by = event.provider.map { " by \($0)" } ?? ""
        let at = event.provider.map { "\($0): " } ?? ""
        return switch event.kind {
        case .accepted: "Accepted"
        case .attempted: "Handed to \(event.provider ?? "a provider")"
        case .deferred: "\(at)put off"
        case .failedOver: "\(at)passed on to the next provider"
        case .parked: "Parked"
        case .released: "Back in the queue"
        case .sent: "Taken\(by)"
        case .uncertain: "\(at)outcome unknown"
        case .recipientRefused: "\(at)a recipient was refused"
        case .failed: "\(at)failed"
        case .cancelled: "Cancelled"
        case .expired: "Expired"
        case .suppressed: "Suppressed"
        case .discarded: "Withdrawn by its sender"
        case .delayed: "Delayed on its way"
        case .delivered: "Delivered"
        case .bounced: "Bounced"
        case .complained: "Reported as spam"
        case .opened: "Opened"
        case .clicked: "A link was clicked"
        case .unsubscribed: "Unsubscribed"
        case .other(let word): word
        }
    }

    /// True where the detail has the words of a service.
    static func quotes(_ kind: MessageEvent.Kind) -> Bool {
        switch kind {
        case .attempted, .deferred, .failedOver, .uncertain, .recipientRefused, .failed, .delayed, .bounced,
            .complained:
            true
        default: false
        }
    }
}

extension ConsoleAPI {
    /// The subjects as their recipients read them, by the ids of the messages.
    func subjects(_ records: [MessageRecord]) async -> [String: String] {
        var subjects: [String: String] = [:]
        for record in records { subjects[record.id] = await subject(record) }
        return subjects
    }

    private func subject(_ record: MessageRecord) async -> String {
        if let subject = record.request?.content.subject { return subject.isEmpty ? "(no subject)" : subject }
        guard record.request != nil else { return "(its content is gone)" }
        // A message that can no longer be rendered is listed with a placeholder.
        let shown = try? await services.stores.view.rendered(record, showingSecrets: showsSecrets(record)).subject
        return shown ?? "(its template cannot be rendered)"
    }

    /// Whether the provider that took the message may show the secrets in its mail.
    func showsSecrets(_ record: MessageRecord) -> Bool {
        services.dispatching.statuses().contains {
            $0.name == record.provider && $0.isCapture && $0.showsSecrets
        }
    }

    func found(_ filter: MessageFilter, _ visit: ConsoleCall) async throws(Refusal) -> MessagePage {
        let search = services.stores.search
        let result = await pages.value(filter, event: visit.event) {
            do throws(StoreError) { return .success(try await search.page(filter)) } catch { return .failure(error) }
        }
        return try await translating(Refusal.init) { () async throws(StoreError) in try result.get() }
    }
}
