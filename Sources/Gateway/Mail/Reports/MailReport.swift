// SPDX-License-Identifier: Apache-2.0

/// What a mail says about the fate of mail that was sent: a delivery status notification (RFC 3464, RFC 6533), a complaint
/// (RFC 5965), or one of the forms that servers wrote before there was a standard.
///
/// A report is a claim: nothing in it proves that its writer had the message. ``returned`` has the ids by which the caller can
/// check that.
public struct MailReport: Sendable, Hashable {
    public enum Content: Sendable, Hashable {
        /// The recipients about whom the report says something; empty for a report that only says that mail was handed on.
        case delivery([RecipientReport])
        /// A recipient complained; the addresses that the report names, which are often redacted.
        case complaint([ReportedAddress])
        /// The mail reports nothing.
        case nothing
    }

    public let content: Content
    public let returned: ReturnedIDs
    /// The addresses of `X-Failed-Recipients`, which some servers write in addition to the parts.
    public let failedRecipients: [ReportedAddress]
    /// True when the mail reports nothing and was written by a program, such as an out-of-office answer.
    public let isAutomaticAnswer: Bool
}

/// What a report says about one recipient.
public struct RecipientReport: Sendable, Hashable {
    public enum Outcome: Sendable, Hashable {
        case bounced(BounceClass)
        case delayed
        case delivered
    }

    public let outcome: Outcome
    /// The recipient as the sender gave it, where the report says so.
    public let original: ReportedAddress?
    /// The recipient for which the reporting server tried; not the original one when mail was forwarded.
    public let final: ReportedAddress?
    /// What the server made of the final recipient (Sendmail's `X-Actual-Recipient`).
    public let actual: ReportedAddress?
    public let code: EnhancedStatusCode?
    /// The words of the server on one line, at most 500 characters; nil without any.
    public let detail: String?

    /// The addresses of the message that the report can mean, the likeliest first.
    public var candidates: [EmailAddress] {
        var found: [EmailAddress] = []
        for address in [original, final, actual].compactMap({ $0 }).flatMap(\.candidates) where !found.contains(address)
        {
            found.append(address)
        }
        return found
    }
}

/// The ids of the sent message that its returned copy, or the header of it, has.
public struct ReturnedIDs: Sendable, Hashable {
    /// The value of `X-Posthaste-Id`.
    public var posthasteID: String?
    /// The value of `Message-ID`, without angle brackets.
    public var messageID: String?

    var isEmpty: Bool { posthasteID == nil && messageID == nil }
}

extension MailReport {
    /// The most of a mail that is read: what a report says is in front of the message that it returns.
    public static let sizeLimit = 1024 * 1024

    /// Reads a received mail; takes any octets, and takes time and memory in proportion to their number.
    ///
    /// - Parameters:
    ///   - bytes: The mail as it was received; more than ``sizeLimit`` is not looked at.
    ///   - hasNullSender: True when the envelope sender was `<>`, as that of most reports is. A `Return-Path: <>` counts too.
    public init(reading bytes: [UInt8], hasNullSender: Bool = false) {
        let bytes = bytes.count <= Self.sizeLimit ? bytes : Array(bytes.prefix(Self.sizeLimit))
        self = ReportReader(ParsedMessage(bytes), hasNullSender: hasNullSender).report()
    }
}
