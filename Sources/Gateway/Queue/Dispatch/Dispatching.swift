// SPDX-License-Identifier: Apache-2.0

/// What acceptance and the API need of the dispatcher.
public protocol Dispatching: Sendable {
    /// Asks for room in memory for `count` messages of a stream that are due now.
    ///
    /// - Returns: The holder to lease them to when they are stored, or nil when they shall be left in the store. Room that was
    ///   given must be used by ``accepted(_:)`` or given back by ``unreserve(_:lane:count:)``.
    func reserve(_ stream: Stream, lane: Lane, count: Int) -> LeaseHolder?

    /// Gives back room for messages that were not stored after all.
    func unreserve(_ stream: Stream, lane: Lane, count: Int)

    /// Says that the store did not answer whether it took these messages: those that it took are not to be forgotten.
    func doubt(_ ids: [String])

    /// Hands over messages that are stored and leased to the holder that ``reserve(_:lane:count:)`` named.
    func accepted(_ messages: [QueuedMessage])

    /// Says that messages of a stream were left in the store, the first of them due at `due`.
    func stored(_ stream: Stream, lane: Lane, due: Timestamp)

    /// Watches for the first outcome of a message; call it before the message is stored.
    func watch(_ id: String) -> OutcomeWatch

    /// The state of every provider, in the order of the configuration.
    func statuses() -> [ProviderStatus]

    /// Takes a provider out of or back into use; the caller has stored the decision.
    func setPaused(_ paused: Bool, provider: String)

    /// Looks at once at what operators have decided; the caller has stored it.
    func storeChanged()

    /// Why a message waits or how it will go, from the state of this moment.
    func explain(_ record: MessageRecord) -> Explanation
}

extension Dispatching {
    public func doubt(_ ids: [String]) {}
    public func storeChanged() {}
}

/// The state of one provider.
public struct ProviderStatus: Sendable, Hashable {
    public enum State: String, Sendable, Hashable {
        case up
        case paused
        /// Refuses our login or set-up; needs somebody.
        case down
        /// Failed several times in a row; is probed.
        case open
        /// A probe succeeded; one attempt at a time until one succeeds.
        case halfOpen = "half_open"
        /// Asked for patience.
        case limited
    }

    public var name: String
    public var kind: String
    public var isCapture: Bool
    /// Whether captured mail shows its secret values.
    package var showsSecrets = false
    public var state: State
    /// From when it has been in that state.
    public var since: Timestamp
    /// Until when it is held back, or when it is probed next.
    public var until: Timestamp?
    /// What went wrong last, in plain words.
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
    /// What it last refused of what the operator set up, such as a sender, though it may take other mail.
    public var complaint: Complaint?

    /// A refusal that somebody has to see to.
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

/// What `explain` says of a message.
public struct Explanation: Sendable, Hashable {
    /// How the providers were chosen, such as `route 2: brand westside` or `pinned by the sender`.
    public var rule: String
    /// The providers in the order of failover.
    public var via: [String]
    /// The provider that carried it, or would carry it now; nil when none can.
    public var provider: String?
    /// Why it waits or why it ended, one sentence.
    public var why: String
    /// What happens next, one sentence; nil when nothing will.
    public var next: String?
    /// When that happens, as far as it is known.
    public var nextAt: Timestamp?

    public init(rule: String, via: [String], provider: String?, why: String, next: String?, nextAt: Timestamp?) {
        self.rule = rule
        self.via = via
        self.provider = provider
        self.why = why
        self.next = next
        self.nextAt = nextAt
    }
}
