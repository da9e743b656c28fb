// SPDX-License-Identifier: Apache-2.0
import JSON
import Mail

/// Estimates the size of a built message.
package enum MessageSize {
    /// The most octets of a built message.
    package static let limit = 25 * 1024 * 1024
    /// Bodies below this size are small enough for every service in any encoding.
    private static let small = 1 << 20

    /// An upper bound for the octets of bodies and attachments; a template's bodies count as the size of its data.
    package static func estimate(_ request: StoredRequest) -> Int {
        let sizes = request.attachments.map(\.size)
        switch request.content {
        case .template(_, _, _, let data): return bound(text: "", html: nil, attachmentSizes: sizes) + octets(data)
        case .literal(_, let html, let text): return bound(text: text ?? "", html: html, attachmentSizes: sizes)
        case .raw(let raw): return raw.size < small ? 0 : raw.size
        }
    }

    /// An upper bound for the octets of bodies and attachments; 0 when no service could find them too large.
    package static func bound(text: String, html: String?, attachmentSizes: [Int]) -> Int {
        if attachmentSizes.isEmpty, (html?.utf8.count ?? 0) + text.utf8.count < small { return 0 }
        return MIMEWriter.sizeBound(text: text, html: html, attachmentSizes: attachmentSizes)
    }

    /// The octets of all texts in a value.
    private static func octets(_ value: JSON) -> Int {
        switch value {
        case .null, .bool, .integer, .number, .decimal: 0
        case .string(let text): text.utf8.count
        case .array(let items): items.reduce(0) { $0 + octets($1) }
        case .object(let members): members.reduce(0) { $0 + octets($1.value) }
        }
    }
}
