// SPDX-License-Identifier: Apache-2.0

/// A receiver with its name, and the alerts that go to it.
package struct AlertRoute: Sendable {
    let name: String
    /// Nil for all.
    let alerts: Set<AlertName>?
    let receiver: any Receiver

    package init(name: String, alerts: Set<AlertName>? = nil, receiver: any Receiver) {
        self.name = name
        self.alerts = alerts
        self.receiver = receiver
    }
}
