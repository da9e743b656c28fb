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

    /// The service takes a whole MIME message and sends it as it is.
    public static let rawMIME = Capabilities(rawValue: 1 << 7)
    /// A message without HTML.
    public static let textOnly = Capabilities(rawValue: 1 << 8)

    /// The features of any service that takes a whole MIME message.
    public static let mime: Capabilities = [
        .attachments, .inlineImages, .customHeaders, .severalReplyTo, .copies, .rawMIME, .textOnly,
    ]

    private static let words: [(Capabilities, String)] = [
        (.attachments, "attachments"), (.inlineImages, "inline_images"), (.customHeaders, "custom_headers"),
        (.severalReplyTo, "several_reply_to"), (.copies, "copies"),
        (.internationalAddresses, "international_addresses"), (.idempotent, "idempotent"), (.rawMIME, "raw_mime"),
        (.textOnly, "text_only"),
    ]

    /// The names in the API, in the documentation and in the protocol of plugins.
    public var names: [String] { Self.words.filter { contains($0.0) }.map(\.1) }

    /// The set with these names; unknown names are returned as `unknown`.
    public static func named(_ names: [String]) -> (known: Capabilities, unknown: [String]) {
        var known: Capabilities = []
        var unknown: [String] = []
        for name in names {
            if let word = words.first(where: { $0.1 == name }) { known.insert(word.0) } else { unknown.append(name) }
        }
        return (known, unknown)
    }
}

/// What a message asks of a service.
public struct MessageNeeds: Sendable, Hashable {
    public var features: Capabilities
    /// An upper bound for the octets of the message on the wire; 0 when no service could find it too large.
    public var bytes: Int

    public init(_ features: Capabilities = [], bytes: Int = 0) {
        self.features = features
        self.bytes = bytes
    }

    /// Whether a service with these capabilities and this size limit can carry the message.
    public func areMet(by capabilities: Capabilities, maxMessageBytes: Int?) -> Bool {
        features.isSubset(of: capabilities) && bytes <= maxMessageBytes ?? .max
    }
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
        let addresses = envelope + [from.address] + replyTo.map(\.address)
        if addresses.contains(where: { !$0.isASCII }) { needs.insert(.internationalAddresses) }
        if html == nil { needs.insert(.textOnly) }
        return needs
    }
}
