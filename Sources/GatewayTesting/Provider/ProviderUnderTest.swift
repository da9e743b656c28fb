// SPDX-License-Identifier: Apache-2.0
public import Delivery

/// A provider together with its service, as the conformance suite uses them.
///
/// The author of a provider implements it with a server on loopback.
public protocol ProviderUnderTest: Sendable {
    var provider: any Provider { get }

    /// Sets the behaviour of the service from now on.
    ///
    /// - Returns: False when the service does not support the behaviour; its laws are skipped.
    func behave(_ behaviour: ServiceBehaviour) async -> Bool

    /// The messages that the service has accepted so far, in order; nil when nothing leaves the machine.
    func taken() async -> [TakenMessage]?
}

/// The behaviour of a service at the next attempts.
public enum ServiceBehaviour: String, Sendable, Hashable, CaseIterable {
    case takesAll
    /// Refuses each message or recipient permanently.
    case refuses
    /// Defers each message.
    case putsOff
    /// Refuses the credentials.
    case refusesLogin
    /// Nothing listens on the port.
    case isAway
    /// Closes the connection before the whole message was written.
    case cutsBeforeTheEnd
    /// Closes the connection after the whole message was written, without a reply.
    case cutsAfterTheEnd
    /// Never replies.
    case hangs
}

/// A message as received by the service.
public struct TakenMessage: Sendable, Hashable {
    /// The recipients of the envelope.
    public let recipients: [String]
    public let content: [UInt8]

    public init(recipients: [String], content: [UInt8]) {
        self.recipients = recipients
        self.content = content
    }

    public var text: String { String(decoding: content, as: UTF8.self) }
}
