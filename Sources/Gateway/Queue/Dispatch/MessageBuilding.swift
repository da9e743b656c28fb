// SPDX-License-Identifier: Apache-2.0

/// Makes the message that a provider gets from what is stored: binds late values, renders, loads attachments.
public protocol MessageBuilding: Sendable {
    /// Builds the message for the recipients in `envelope`.
    func build(_ message: QueuedMessage, envelope: [EmailAddress]) async throws(BuildFailure) -> OutgoingMessage
}

/// Why a message could not be built.
public enum BuildFailure: Error, Sendable, Hashable {
    /// It cannot be built now or ever.
    case unbuildable(MessageFailure)
    /// Its sender withdrew it.
    case discarded(String)
    /// Values that are bound late cannot be had now.
    case unbound(DeliveryError)
    /// The store did not answer.
    case unavailable(String)
}

extension BuildFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unbuildable(let failure): failure.detail
        case .discarded(let reason), .unavailable(let reason): reason
        case .unbound(let error): error.description
        }
    }
}

/// Is told what the dispatcher does, for metrics and logs; must return at once.
public protocol DispatchObserver: Sendable {
    /// One provider call has ended. `waited` is the time from due to the start, `outcome` is `accepted` or an error kind.
    func attempted(_ provider: String, outcome: String, waited: Duration, took: Duration)
    /// A settlement is on disk.
    func settled(_ settlement: Settlement)
}
