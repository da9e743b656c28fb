// SPDX-License-Identifier: Apache-2.0
package import Gateway

/// A finished page: what a browser is answered with.
package struct ResetPage: Sendable, Hashable {
    package let status: Int
    /// All that it must be sent with, `Content-Type` among them.
    package let headers: [HTTPHeader]
    /// UTF-8.
    package let body: [UInt8]

    init(status: Int, language: PageLanguage, html: Markup, policy: String, retryAfter: Int? = nil) {
        self.status = status
        body = Array(html.html.utf8)
        var headers = [
            HTTPHeader("Content-Type", "text/html; charset=utf-8"),
            HTTPHeader("Content-Language", language.rawValue),
            HTTPHeader("Content-Security-Policy", policy),
            HTTPHeader("Referrer-Policy", "no-referrer"),
            HTTPHeader("X-Robots-Tag", "noindex, nofollow"),
            HTTPHeader("Cache-Control", "no-store"),
            HTTPHeader("X-Content-Type-Options", "nosniff"),
            // For browsers that do not know `frame-ancestors`.
            HTTPHeader("X-Frame-Options", "DENY"),
            HTTPHeader("Cross-Origin-Opener-Policy", "same-origin"),
            HTTPHeader("Cross-Origin-Resource-Policy", "same-origin"),
        ]
        if let retryAfter { headers.append(HTTPHeader("Retry-After", String(max(1, retryAfter)))) }
        self.headers = headers
    }
}
