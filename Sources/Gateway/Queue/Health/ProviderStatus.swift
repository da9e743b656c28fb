// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery

/// The state of one provider.
public struct ProviderStatus: Sendable, Hashable {
    public enum State: String, Sendable, Hashable {
        case up
        case paused
        /// Refuses the gateway's login or set-up; an operator must act.
        case down
        /// Failed several times in a row; is probed.
        case open
        /// A probe succeeded; one attempt at a time until one succeeds.
        case halfOpen = "half_open"
        /// The service asked for a wait.
        case limited
    }

    public var name: String
    public var kind: String
    public var isCapture: Bool
    /// Whether captured mail shows its secret values.
    package var showsSecrets = false
    public var state: State
    /// Since when it has been in that state.
    public var since: Timestamp
    /// The end of a limit, or the time of the next probe.
    public var until: Timestamp?
    /// The last failure, in plain words.
    public var reason: String?
    public var remedy: String?
    public var limits: ProviderLimits
    /// Attempts under way.
    public var running: Int
    /// Attempts of this UTC day.
    public var usedToday: Int
    /// Messages that wait in memory for it.
    public var waiting: Int
    public var lastSent: Timestamp?
    /// When an attempt or a sign-in last succeeded; nil when none did since the start.
    public var provenAt: Timestamp?
    /// The last probe; nil when there was none since the start.
    public var probe: Probe?
    /// The last refusal of the operator's set-up, such as a sender, though it may take other mail.
    public var complaint: Complaint?
    /// Its service runs beside the gateway and has not said yet what it can carry.
    public var isStarting = false
    /// What it can carry now.
    public var capabilities: Capabilities = []
    /// The service's own limit for one message; nil when it has none below the gateway's.
    public var maxMessageBytes: Int?

    /// A refusal that an operator must fix.
    public struct Complaint: Sendable, Hashable {
        public var at: Timestamp
        /// The service's own words.
        public var reason: String
        public var remedy: String?

        public init(at: Timestamp, reason: String, remedy: String?) {
            self.at = at
            self.reason = reason
            self.remedy = remedy
        }
    }

    /// True when mail may go to it now or within its limits.
    public var isUsable: Bool { state == .up || state == .limited || state == .halfOpen }

    public init(
        name: String,
        kind: String,
        isCapture: Bool,
        state: State,
        since: Timestamp,
        until: Timestamp?,
        reason: String?,
        remedy: String?,
        limits: ProviderLimits,
        running: Int,
        usedToday: Int,
        waiting: Int,
        lastSent: Timestamp?,
        provenAt: Timestamp? = nil,
        probe: Probe? = nil,
        complaint: Complaint? = nil
    ) {
        self.name = name
        self.kind = kind
        self.isCapture = isCapture
        self.state = state
        self.since = since
        self.until = until
        self.reason = reason
        self.remedy = remedy
        self.limits = limits
        self.running = running
        self.usedToday = usedToday
        self.waiting = waiting
        self.lastSent = lastSent
        self.provenAt = provenAt
        self.probe = probe
        self.complaint = complaint
    }
}
