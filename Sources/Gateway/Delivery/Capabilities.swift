// SPDX-License-Identifier: Apache-2.0
public import Mail

/// The features that a message may need and a service may support.
///
/// ``OutgoingMessage/needs`` computes the set for a message; `needs.isSubset(of:)` is the whole check, so a new
/// feature is refused everywhere until a provider declares it.
public struct Capabilities: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    public static let attachments = Capabilities(rawValue: 1 << 0)
    public static let inlineImages = Capabilities(rawValue: 1 << 1)
    public static let customHeaders = Capabilities(rawValue: 1 << 2)
    /// Several `Reply-To` addresses; every service supports one.
    public static let severalReplyTo = Capabilities(rawValue: 1 << 3)
    /// A local part that is not ASCII (RFC 6531).
    public static let internationalAddresses = Capabilities(rawValue: 1 << 4)
    /// Cc and Bcc recipients.
    public static let copies = Capabilities(rawValue: 1 << 5)
    /// The service recognises a repeated message and sends it once.
    public static let idempotent = Capabilities(rawValue: 1 << 6)

    /// The features of any service that takes a raw MIME message.
    public static let rawMIME: Capabilities = [.attachments, .inlineImages, .customHeaders, .severalReplyTo, .copies]
}

extension OutgoingMessage {
    /// The features that a service must support to carry the message unaltered.
    public var needs: Capabilities {
        var needs: Capabilities = []
        if attachments.contains(where: { $0.disposition == .attachment }) { needs.insert(.attachments) }
        if attachments.contains(where: { $0.disposition == .inline }) { needs.insert(.inlineImages) }
        if !headers.isEmpty { needs.insert(.customHeaders) }
        if replyTo.count > 1 { needs.insert(.severalReplyTo) }
        if recipients.contains(where: { $0.kind != .to }) { needs.insert(.copies) }
        if envelope.contains(where: { !$0.isASCII }) { needs.insert(.internationalAddresses) }
        return needs
    }
}
