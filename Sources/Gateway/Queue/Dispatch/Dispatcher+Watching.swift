// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// What is known of providers from elsewhere than from mail.
extension Dispatcher {
    /// How often mail failed over since the start, by pair.
    public func failovers() -> [Failover: Int] { machine.withLock { $0.failovers } }

    /// Probes a provider now: something about it has changed outside, such as its token.
    ///
    /// What is parked for it is released as soon as the probe succeeds.
    public func probeSoon(provider: String) {
        feed { machine, now in machine.prove(provider, now: now) }
    }

    /// Takes that a provider is known to refuse us although no mail was tried, as when its grant was found dead.
    ///
    /// Only `authentication` and `misconfigured` count: anything else may pass before mail needs it.
    public func note(_ error: DeliveryError, provider: String) {
        feed { machine, now in machine.note(error, provider: provider, now: now) }
    }
}

extension DispatchMachine {
    mutating func prove(_ provider: String, now: Timestamp) {
        providers[provider]?.health.prove(now: now)
    }

    mutating func note(_ error: DeliveryError, provider: String, now: Timestamp) {
        guard error.kind == .authentication || error.kind == .misconfigured, error.scope == .provider else { return }
        providers[provider]?.health.failed(error, now: now)
    }
}
