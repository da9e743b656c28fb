// SPDX-License-Identifier: Apache-2.0
import Basics
package import JSON
package import Templates

/// Placeholders for values that must not be displayed.
package enum Redaction {
    package static let text = "••••••"
    /// The placeholder for a value that a feature binds at hand-over.
    package static let late = "[bound at hand-over]"

    /// The mask of a value; that of a URL keeps scheme and host, so that the message still shows where its link leads.
    package static func mask(_ value: JSON, _ type: VariableType) -> JSON {
        guard case .url = type, case .string(let url) = value else { return .string(text) }
        guard let scheme = url.firstRange(of: "://"), url.hasPrefix("https:") || url.hasPrefix("http:") else {
            return .string("cid:\(text)")
        }
        let rest = url[scheme.upperBound...]
        let authority = rest.prefix { !"/?#\\".contains($0) }
        // The text before an @ sign may be a password.
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        return .string("\(url[..<scheme.upperBound])\(host)/\(text)")
    }

    /// An address that is valid wherever a URL is required.
    private static let lateAddress = "cid:bound-at-hand-over"

    /// The placeholder for a late-bound value, with which its template renders.
    package static func late(_ type: VariableType) -> JSON {
        if case .url = type { .string(lateAddress) } else { .string(late) }
    }

    /// The mask in its percent-encoded form within a URL.
    private static let encoded = PercentEncoding.encode(text)

    /// Replaces the placeholder URLs in rendered content by the text used for other masked or late values.
    static func naming(_ content: MailContent) -> MailContent {
        var content = content
        content.text = content.text.replacing(encoded, with: text)
        content.subject = content.subject.replacing(lateAddress, with: late)
        content.text = content.text.replacing(lateAddress, with: late)
        content.html = content.html?.replacing(lateAddress, with: late)
        return content
    }
}
