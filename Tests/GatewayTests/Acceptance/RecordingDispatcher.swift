// SPDX-License-Identifier: Apache-2.0
import Synchronization

@testable import Basics
@testable import Queue

/// Records the calls of acceptance, and has capacity for a set number of messages.
final class RecordingDispatcher: Dispatching {
    struct Notes {
        var room: Int
        var reserved = 0
        var accepted: [QueuedMessage] = []
        var stored: [Timestamp] = []
        var endsAtOnce = false
    }

    let notes: Mutex<Notes>

    init(room: Int) {
        notes = Mutex(Notes(room: room))
    }

    func reserve(_ routingKey: RoutingKey, priority: Priority, count: Int) -> LeaseHolder? {
        notes.withLock { notes in
            guard notes.reserved + count <= notes.room else { return nil }
            notes.reserved += count
            return LeaseHolder(number: 7)
        }
    }

    func unreserve(_ routingKey: RoutingKey, priority: Priority, count: Int) { notes.withLock { $0.reserved -= count } }

    func accepted(_ messages: [QueuedMessage]) {
        notes.withLock { notes in
            notes.reserved -= messages.count
            notes.accepted += messages
        }
    }

    func stored(_ routingKey: RoutingKey, priority: Priority, due: Timestamp) {
        notes.withLock { $0.stored.append(due) }
    }

    func watch(_ id: String) -> OutcomeWatch {
        let watch = OutcomeWatch {}
        if notes.withLock({ $0.endsAtOnce }) { watch.signal() }
        return watch
    }

    func statuses() -> [ProviderStatus] { [] }
    func setPaused(_ paused: Bool, provider: String) {}

    func explain(_ record: MessageRecord) -> Explanation {
        Explanation(rule: "route 1", via: ["relay"], provider: "relay", why: "It was sent.", next: nil, nextAt: nil)
    }
}
