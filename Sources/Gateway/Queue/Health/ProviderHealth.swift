// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery

/// Whether one provider may get mail: circuit, login, rate limits of the service, and the operator's pause.
///
/// A pure state machine: its inputs are events with their times.
struct ProviderHealth: Sendable {
    enum Circuit: Sendable, Equatable {
        case closed
        /// Too many failures in a row.
        case open
        /// A probe succeeded; one attempt at a time decides the state.
        case halfOpen
        /// The service refuses the gateway's login or set-up.
        case down
    }

    /// The number of consecutive failures of the provider as a whole that opens the circuit.
    static let failuresToOpen = 5
    /// Up to this long the gateway waits for a rate limit and does not fail over.
    static let patience = Duration.seconds(10)

    private static let firstProbe = Duration.seconds(5)
    private static let lastProbe = Duration.seconds(60)
    private static let firstHold = Duration.seconds(5)
    private static let lastHold = Duration.seconds(300)
    /// The bounds of a wait that a service asks for: no limit of a service lasts longer, so a longer one comes from a wrong clock.
    private static let (shortestAskedHold, longestAskedHold) = (Duration.seconds(1), Duration.seconds(86_400))

    private(set) var circuit = Circuit.closed
    private(set) var since: Timestamp
    private(set) var isPaused = false
    private(set) var reason: String?
    private(set) var remedy: String?
    /// The end of the wait that the service asked for.
    private(set) var heldUntil: Timestamp?
    private(set) var probeAt: Timestamp?
    private(set) var isProbing = false
    /// When an attempt or a probe last succeeded.
    private(set) var provenAt: Timestamp?
    /// The last finished probe.
    private(set) var probe: ProviderStatus.Probe?
    /// The last refusal of the operator's set-up, though the provider may take other mail.
    private(set) var complaint: ProviderStatus.Complaint?
    /// Something changed outside while a probe was under way, which the probe may have missed.
    private var isProbeOutdated = false
    /// True from the start of a service beside this gateway until its first success or failure: it says nothing to other gateways.
    private(set) var awaitsService = false
    private var failures = 0
    private var probes = 0
    private var holds = 0

    init(now: Timestamp) {
        since = now
    }

    /// True while failures say something about the message and not about an outage.
    var isHealthy: Bool { circuit == .closed }

    /// True when mail may go to it, now or when a limit allows.
    var isUsable: Bool { !isPaused && (circuit == .closed || circuit == .halfOpen) }

    mutating func setPaused(_ paused: Bool, now: Timestamp) {
        guard paused != isPaused else { return }
        isPaused = paused
        since = now
    }

    mutating func succeeded(now: Timestamp) {
        failures = 0
        holds = 0
        heldUntil = nil
        provenAt = now
        if circuit != .closed { change(to: .closed, now: now) }
    }

    mutating func failed(_ error: DeliveryError, now: Timestamp) {
        guard error.scope == .provider else {
            // An answer about one message proves that the provider itself works.
            if error.scope == .message, error.kind != .uncertain { succeeded(now: now) }
            return
        }
        switch error.kind {
        case .transient, .uncertain: countFailure(error, now: now)
        case .rateLimited(let retryAfter): hold(retryAfter, now: now)
        case .authentication: fall(to: .down, because: error, now: now)
        case .misconfigured:
            complaint = ProviderStatus.Complaint(at: now, reason: error.debugDescription, remedy: error.remedy)
            // One refused sender does not prove that the provider is down: its probe decides.
            if circuit == .closed && !isProbing { probeAt = now }
        case .rejected: break
        }
    }

    private mutating func countFailure(_ error: DeliveryError, now: Timestamp) {
        failures += 1
        if circuit == .halfOpen || (circuit == .closed && failures >= Self.failuresToOpen) {
            fall(to: .open, because: error, now: now)
        }
    }

    private mutating func hold(_ retryAfter: Duration?, now: Timestamp) {
        holds += 1
        // The second wait is already over ``patience``: a service that keeps asking is passed over.
        let own = min(Self.firstHold * (1 << min(2 * (holds - 1), 10)), Self.lastHold)
        let asked = retryAfter.map { min(max($0, Self.shortestAskedHold), Self.longestAskedHold) }
        heldUntil = max(heldUntil ?? now, now + (asked ?? own))
    }

    private mutating func fall(to circuit: Circuit, because error: DeliveryError, now: Timestamp) {
        awaitsService = false
        reason = error.debugDescription
        remedy = error.remedy
        if self.circuit == .closed { probes = 0 }
        change(to: circuit, now: now)
        planProbe(now: now)
    }

    private mutating func change(to circuit: Circuit, now: Timestamp) {
        if circuit != self.circuit { since = now }
        self.circuit = circuit
        guard circuit == .closed else { return }
        awaitsService = false
        (reason, remedy, probeAt, probes) = (nil, nil, nil, 0)
    }

    private mutating func planProbe(now: Timestamp) {
        probeAt = now + min(Self.firstProbe * (1 << min(probes, 10)), Self.lastProbe)
        probes += 1
    }

    /// True when a probe is due; the caller makes it and reports by ``probed(_:now:)``.
    mutating func startProbe(now: Timestamp) -> Bool {
        guard let probeAt, probeAt <= now, !isProbing, !isPaused else { return false }
        isProbing = true
        return true
    }

    /// Records the result of a probe; nil is success.
    mutating func probed(_ error: DeliveryError?, now: Timestamp) {
        isProbing = false
        probe = ProviderStatus.Probe(at: now, failure: error?.debugDescription)
        if error == nil { provenAt = now }
        take(error, now: now)
        if isProbeOutdated, circuit == .open || circuit == .down { probeAt = now }
        isProbeOutdated = false
    }

    private mutating func take(_ error: DeliveryError?, now: Timestamp) {
        switch (circuit, error) {
        case (.closed, nil), (.halfOpen, nil): probeAt = nil
        case (.open, nil), (.down, nil):
            change(to: .halfOpen, now: now)
            probeAt = nil
        case (_, let error?):
            let isRefusal = error.kind == .authentication || error.kind == .misconfigured
            if circuit == .closed && !isRefusal {
                probeAt = nil
            } else {
                fall(to: isRefusal ? .down : .open, because: error, now: now)
            }
        }
    }

    /// Something changed outside (new settings, a new token): a provider that was down is probed at once.
    mutating func probeSoon(now: Timestamp) {
        if circuit == .open || circuit == .down { prove(now: now) }
    }

    /// Takes the provider as down until its service has said what it supports; a probe waits for that.
    mutating func awaitService(now: Timestamp) {
        awaitsService = true
        guard circuit != .down else { return prove(now: now) }
        change(to: .down, now: now)
        (reason, remedy, probes) = ("it has not said yet what it can carry", nil, 0)
        prove(now: now)
    }

    /// Schedules a probe in any state.
    mutating func prove(now: Timestamp) {
        probeAt = now
        isProbeOutdated = isProbing
    }
}

/// The state that gateways share about a provider.
extension ProviderHealth {
    /// This gateway's finding; half-open counts as open.
    var finding: ProviderFinding {
        let circuit: ProviderFinding.Circuit =
            switch circuit {
            case .closed: .closed
            case .down: .down
            case .open, .halfOpen: .open
            }
        return ProviderFinding(circuit: circuit, heldUntil: heldUntil, reason: reason, remedy: remedy)
    }

    /// Adopts the finding of another gateway.
    ///
    /// That a provider is down is adopted and probed soon; that it is up again is left to a probe.
    mutating func adopt(_ finding: ProviderFinding, now: Timestamp) {
        if let held = finding.heldUntil, held > now { heldUntil = max(heldUntil ?? now, held) }
        switch finding.circuit {
        case .closed: probeSoon(now: now)
        case .open, .down:
            guard circuit == .closed || circuit == .halfOpen else { return }
            awaitsService = false
            reason = finding.reason
            remedy = finding.remedy
            if circuit == .closed { probes = 0 }
            change(to: finding.circuit == .down ? .down : .open, now: now)
            planProbe(now: now)
        }
    }
}
