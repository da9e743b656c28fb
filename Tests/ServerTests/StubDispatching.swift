// SPDX-License-Identifier: Apache-2.0
import Basics
import Queue
import Synchronization

/// A dispatcher that sends nothing; the test sets the states of its providers.
final class StubDispatching: Dispatching {
    private let states: Mutex<[String: ProviderStatus.State]>

    init(_ states: [String: ProviderStatus.State] = ["inbox": .up, "relay": .up]) {
        self.states = Mutex(states)
    }

    func set(_ provider: String, _ state: ProviderStatus.State) { states.withLock { $0[provider] = state } }

    func reserve(_ stream: RoutingKey, priority: Priority, count: Int) -> LeaseHolder? { nil }
    func unreserve(_ stream: RoutingKey, priority: Priority, count: Int) {}
    func accepted(_ messages: [QueuedMessage]) {}
    func stored(_ stream: RoutingKey, priority: Priority, due: Timestamp) {}
    func watch(_ id: String) -> OutcomeWatch { OutcomeWatch {} }

    func statuses() -> [ProviderStatus] {
        states.withLock { states in
            states.sorted { $0.key < $1.key }.map { name, state in
                ProviderStatus(
                    name: name,
                    kind: name == "inbox" ? "capture" : "smtp",
                    isCapture: name == "inbox",
                    state: state,
                    since: Timestamp(milliseconds: 0),
                    until: nil,
                    reason: "secret words",
                    remedy: nil,
                    limits: ProviderLimits(concurrency: 2),
                    running: 0,
                    usedToday: 0,
                    waiting: 0,
                    lastSent: nil
                )
            }
        }
    }

    func setPaused(_ paused: Bool, provider: String) {
        states.withLock { $0[provider] = paused ? .paused : .up }
    }

    func explain(_ record: MessageRecord) -> Explanation {
        Explanation(rule: "route 1", via: ["relay"], provider: "relay", why: "It waits.", next: "sent", nextAt: nil)
    }
}
