// SPDX-License-Identifier: Apache-2.0
import Crypto
import Gateway

/// What a page may load and where its form may go (https://www.w3.org/TR/CSP3/).
enum ContentPolicy {
    /// `style` and `script` are the exact texts between the tags; `images` are origins.
    static func header(style: String, script: String?, images: [String]) -> String {
        var directives = ["default-src 'none'", "style-src \(hash(style))"]
        if let script { directives.append("script-src \(hash(script))") }
        directives += ["form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"]
        if !images.isEmpty { directives.append("img-src \(images.joined(separator: " "))") }
        return directives.joined(separator: "; ")
    }

    private static func hash(_ text: String) -> String {
        "'sha256-\(Base64.encode(Array(SHA256.hash(data: Array(text.utf8)))))'"
    }
}
