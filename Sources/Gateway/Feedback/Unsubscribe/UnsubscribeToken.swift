// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Mail

/// What a link for unsubscribing says: who leaves which list, and by which message.
///
/// The link needs no row in a store and does not expire.
package struct UnsubscribeToken: Sendable, Hashable {
    package let brand: String
    package let list: String
    package let address: EmailAddress
    /// The id of the message that has the link.
    package let message: String

    package init(brand: String, list: String, address: EmailAddress, message: String) {
        (self.brand, self.list, self.address, self.message) = (brand, list, address, message)
    }

    /// Reads the text of ``sealed(by:)``; nil when it was cut or changed, or when its key is not configured any more.
    package init?(_ text: String, _ sealing: SecretSealing) {
        guard text.utf8.count <= Self.longest,
            let content = sealing.content(ofToken: text, purpose: Self.purpose)
        else { return nil }
        let parts = String(decoding: content, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard parts.count == 4, let at = parts[3].lastIndex(of: "@") else { return nil }
        self.init(
            brand: String(parts[0]),
            list: String(parts[1]),
            address: EmailAddress(
                checkedLocal: String(parts[3][..<at]),
                checkedDomain: String(parts[3][at...].dropFirst())
            ),
            message: parts[2].hasPrefix(":") ? String(parts[2].dropFirst()) : Self.idPrefix + parts[2]
        )
    }

    /// The text in a URL, the same on every try of a message.
    package func sealed(by sealing: SecretSealing) -> String? {
        let id = message.hasPrefix(Self.idPrefix) ? message.dropFirst(Self.idPrefix.count) : ":\(message)"
        let content = "\(brand)\n\(list)\n\(id)\n\(address)"
        return sealing.sealedToken(Array(content.utf8), purpose: Self.purpose)
    }

    /// Left out of the text, because almost every id has it.
    private static let idPrefix = "msg_"
    private static let purpose = "unsubscribe"
    /// Of the longest brand, list and address.
    private static let longest = 1024
}

/// Makes the links for unsubscribing.
package struct UnsubscribeLinks: Sendable {
    private let base: String
    private let sealing: SecretSealing

    /// Nil where mail of lists cannot be sent, see ``fault(publicURL:)``.
    package init?(publicURL: String, sealing: SecretSealing?) {
        guard let sealing, Self.fault(publicURL: publicURL) == nil else { return nil }
        (base, self.sealing) = (publicURL, sealing)
    }

    /// Why mail programs would not follow a link below `publicURL`, with the remedy; nil when they do.
    package static func fault(publicURL: String) -> String? {
        guard let url = HTTPURL(publicURL), url.isSecure || url.isLoopback else {
            return "mail programs unsubscribe by https only (RFC 8058); `public_url` has to begin with https://"
        }
        return nil
    }

    /// Nil when the token cannot be sealed.
    package func url(_ token: UnsubscribeToken) -> String? {
        token.sealed(by: sealing).map { "\(base)/u/\($0)" }
    }

    /// The header fields of a message (RFC 2369 section 3.2, RFC 8058 section 3.1).
    package static func fields(_ url: String) -> [HeaderField] {
        [
            HeaderField(checkedName: "List-Unsubscribe", checkedValue: "<\(url)>"),
            HeaderField(checkedName: "List-Unsubscribe-Post", checkedValue: "List-Unsubscribe=One-Click"),
        ]
    }
}
