// SPDX-License-Identifier: Apache-2.0
import Basics
package import JSON
package import Templates

/// What stands in for a value that must not be seen.
package enum Redaction {
    package static let text = "••••••"
    /// Stands for a value that a feature gives when the message is handed over.
    package static let late = "[bound at hand-over]"

    /// The mask of a value; that of a URL keeps scheme and host, so that the message still shows where its link leads.
    package static func mask(_ value: JSON, _ type: VariableType) -> JSON {
        guard case .url = type, case .string(let url) = value else { return .string(text) }
        guard let scheme = url.firstRange(of: "://"), url.hasPrefix("https:") || url.hasPrefix("http:") else {
            return .string("cid:\(text)")
        }
        let rest = url[scheme.upperBound...]
        let authority = rest.prefix { !"/?#\\".contains($0) }
        // Whatever stands before an @ sign may be a password.
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        return .string("\(url[..<scheme.upperBound])\(host)/\(text)")
    }

    /// An address that may stand wherever an address is due.
    private static let lateAddress = "cid:bound-at-hand-over"

    /// What stands in for a value that comes late, so that its template renders.
    package static func late(_ type: VariableType) -> JSON {
        if case .url = type { .string(lateAddress) } else { .string(late) }
    }

    /// The mask as it is percent-encoded within an address.
    private static let encoded = PercentEncoding.encode(text)

    /// The same words for addresses as for other values that are masked or come late, now that the template has rendered.
    static func naming(_ content: MailContent) -> MailContent {
        var content = content
        content.text = content.text.replacing(encoded, with: text)
        content.subject = content.subject.replacing(lateAddress, with: late)
        content.text = content.text.replacing(lateAddress, with: late)
        content.html = content.html?.replacing(lateAddress, with: late)
        return content
    }
}
