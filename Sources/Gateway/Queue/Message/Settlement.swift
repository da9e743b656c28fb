// SPDX-License-Identifier: Apache-2.0
public import Basics

/// The next state of a leased message; computed by the dispatcher, written unchanged.
public struct Settlement: Sendable, Hashable {
    public var id: String
    public var holder: LeaseHolder
    public var at: Timestamp
    public var state: MessageState
    /// When it may be claimed again; for `queued` only.
    public var due: Timestamp?
    /// The message continues with another provider and keeps its lease: it is `queued` until the next call begins, and only the tries and
    /// events are written.
    public var keepsLease = false
    /// Nil leaves what is stored.
    public var provider: String?
    public var providerMessageID: String?
    public var failure: MessageFailure?
    /// The new values.
    public var attempts: Int
    public var passes: Int
    /// One for each of the request's recipients, in its order; nil leaves what is stored.
    public var recipients: [RecipientStatus]?
    public var events: [MessageEvent]
    /// The provider and UTC day (`2026-11-20`) whose count of sent mail goes up by one.
    public var usage: UsageDay?
    /// Replaces the stored request; nil leaves it.
    package var request: StoredRequest?

    public init(
        id: String,
        holder: LeaseHolder,
        at: Timestamp,
        state: MessageState,
        due: Timestamp? = nil,
        attempts: Int,
        passes: Int,
        events: [MessageEvent]
    ) {
        self.id = id
        self.holder = holder
        self.at = at
        self.state = state
        self.due = due
        self.attempts = attempts
        self.passes = passes
        self.events = events
    }
}

public struct UsageDay: Sendable, Hashable {
    public let provider: String
    /// RFC 3339 full-date in UTC.
    public let day: String

    public init(provider: String, day: String) {
        self.provider = provider
        self.day = day
    }
}
