// SPDX-License-Identifier: Apache-2.0

/// What the store and the settings tell of the queue, for a process that does not send.
///
/// The circuits of a running gateway are not in it: every provider that is not paused counts as up.
package struct OfflineReport: Sendable {
    private let machine: DispatchMachine
    private let now: Timestamp

    package init(settings: DeliverySettings, usage: [String: Int], paused: Set<String>, now: Timestamp) {
        machine = DispatchMachine(
            settings: settings,
            holder: LeaseHolder(number: 0),
            usage: usage,
            paused: paused,
            now: now
        )
        self.now = now
    }

    package func statuses() -> [ProviderStatus] { machine.statuses(now: now) }
    package func explain(_ record: MessageRecord) -> Explanation { machine.explain(record, now: now) }
}
