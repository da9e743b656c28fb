// SPDX-License-Identifier: Apache-2.0
package import Basics
package import JSON
package import Mail
package import Queue

/// The request to send one message, as a way in gave it: typed, but not checked.
///
/// The HTTP API reads it from JSON (``SendRequestReader``). A front or the SMTP listener makes it by itself. Settings,
/// templates and the API key are looked at when ``SendRequestCheck`` makes a draft of it. `nil` is a field that was not
/// given.
package struct SendRequest: Sendable {
    /// The addresses of a field.
    package struct Addresses: Sendable {
        /// The addresses; nil for one that is noted as a fault already.
        package var items: [Address?]
        /// True for one address that is not in a list; its faults have the place of the field.
        package var isSingle: Bool

        package init(_ items: [Address?], isSingle: Bool = false) {
            self.items = items
            self.isSingle = isSingle
        }

        package init(_ mailboxes: [Mailbox]) { self.init(mailboxes.map(Address.mailbox)) }
    }

    package enum Address: Sendable {
        /// A mailbox as a text, such as `Ana <ana@example.org>`.
        case text(String)
        /// An address and a display name.
        case parts(email: String?, name: String?)
        /// A mailbox that the way in has parsed.
        case mailbox(Mailbox)
    }

    /// An attachment; a nil file name or content is noted as a fault already.
    package struct File: Sendable {
        package var fileName: String?
        package var content: [UInt8]?
        /// The hash of the content, when the way in has it: a file of many messages is hashed once.
        package var hash: ContentHash?
        package var contentType: String?
        package var contentID: String?
        package var disposition: String?

        package init(
            fileName: String?,
            content: [UInt8]?,
            contentType: String? = nil,
            contentID: String? = nil,
            disposition: String? = nil
        ) {
            self.fileName = fileName
            self.content = content
            self.contentType = contentType
            self.contentID = contentID
            self.disposition = disposition
        }
    }

    /// A whole message (RFC 5322).
    package enum Raw: Sendable {
        case bytes([UInt8])
        /// A message that the way in has prepared, with the fields that it puts in front.
        case prepared(PreparedRaw)
    }

    /// A point in time, as a text (RFC 3339) or as a value.
    package enum Time: Sendable {
        case text(String)
        case timestamp(Timestamp)
    }

    package var to: Addresses?
    package var cc: Addresses?
    package var bcc: Addresses?
    package var from: Address?
    package var replyTo: Addresses?
    package var subject: String?
    package var html: String?
    package var text: String?
    package var template: String?
    package var data: JSONObject?
    package var locale: String?
    /// A whole message in place of subject, bodies, template, attachments and headers.
    package var raw: Raw?
    package var brand: String?
    package var category: String?
    /// The list that the recipient may unsubscribe from.
    package var list: String?
    package var priority: String?
    package var provider: String?
    package var attachments: [File?]?
    package var headers: [(name: String, value: String)]?
    /// Labels; nil for one that is noted as a fault already.
    package var tags: [String?]?
    package var metadata: [(name: String, value: String)]?
    package var sendAt: Time?
    package var expiresAt: Time?
    /// Fields that were given with a value of the wrong type, which is noted as a fault already.
    package var unreadable: Set<String> = []
    /// The way in that the message took.
    package var via: SubmissionPath

    package init(via: SubmissionPath) { self.via = via }
}
