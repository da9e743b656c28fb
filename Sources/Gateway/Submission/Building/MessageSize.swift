// SPDX-License-Identifier: Apache-2.0
import JSON

/// How large a message will be once it is built.
enum MessageSize {
    /// The most octets of a built message.
    static let limit = 25 * 1024 * 1024

    /// An upper bound for the octets of bodies and attachments; a template's bodies count with what its data holds.
    static func estimate(_ request: StoredRequest) -> Int {
        let sizes = request.attachments.map(\.size)
        switch request.content {
        case .template(_, _, _, let data): return bound(text: "", html: nil, attachmentSizes: sizes) + octets(data)
        case .literal(_, let html, let text): return bound(text: text ?? "", html: html, attachmentSizes: sizes)
        }
    }

    /// An upper bound for the octets of bodies and attachments; 0 for what cannot be too large, however it is encoded.
    static func bound(text: String, html: String?, attachmentSizes: [Int]) -> Int {
        if attachmentSizes.isEmpty, (html?.utf8.count ?? 0) + text.utf8.count < limit / 4 { return 0 }
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
