// SPDX-License-Identifier: Apache-2.0
public import Delivery

/// A provider together with the service behind it, as the conformance suite sees them.
///
/// The author of a provider writes one of these over a server that runs on loopback.
public protocol ProviderUnderTest: Sendable {
    var provider: any Provider { get }

    /// Says how the service behaves from now on.
    ///
    /// - Returns: False when the service cannot behave so; the laws about it are passed over.
    func behave(_ behaviour: ServiceBehaviour) async -> Bool

    /// What the service has taken so far, in order; nil when nothing leaves the machine.
    func taken() async -> [TakenMessage]?
}

/// How a service meets the next attempts.
public enum ServiceBehaviour: String, Sendable, Hashable, CaseIterable {
    case takesAll
    /// Refuses each message or recipient for good.
    case refuses
    /// Puts each message off.
    case putsOff
    /// Does not know us.
    case refusesLogin
    /// Nothing listens.
    case isAway
    /// Closes the connection before the whole message was written.
    case cutsBeforeTheEnd
    /// Closes the connection when the whole message was written, without an answer.
    case cutsAfterTheEnd
    /// Never answers.
    case hangs
}

/// A message as the service got it.
public struct TakenMessage: Sendable, Hashable {
    /// The envelope: whom the service was told to deliver to.
    public let recipients: [String]
    public let content: [UInt8]

    public init(recipients: [String], content: [UInt8]) {
        self.recipients = recipients
        self.content = content
    }

    public var text: String { String(decoding: content, as: UTF8.self) }
}
