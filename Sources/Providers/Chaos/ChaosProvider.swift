// SPDX-License-Identifier: Apache-2.0
internal import Gateway

/// Another provider, now and then with a fault in place of what it does.
struct ChaosProvider: Provider {
    private let inner: any Provider
    private let plan: ChaosPlan
    /// A number in 0..<1, another one each time.
    private let chance: @Sendable () -> Double

    init(_ inner: any Provider, plan: ChaosPlan, chance: @escaping @Sendable () -> Double) {
        self.inner = inner
        self.plan = plan
        self.chance = chance
    }

    var capabilities: Capabilities { inner.capabilities }

    func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
        switch plan.fault(chance()) {
        case nil: return try await inner.send(message)
        case .slow:
            // Cancelling ends the wait, and the attempt says by itself what that means.
            try? await Task.sleep(for: plan.slowBy)
            return try await inner.send(message)
        case .uncertainAfterSend:
            _ = try await inner.send(message)
            throw ChaosFault.uncertainAfterSend.error(retryAfter: nil)
        case let fault?: throw fault.error(retryAfter: plan.retryAfter)
        }
    }

    /// That of the other provider: faults are for mail.
    func probe() async throws(DeliveryError) { try await inner.probe() }
}
