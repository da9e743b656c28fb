// SPDX-License-Identifier: Apache-2.0
internal import Basics
package import Delivery
internal import HTTPTypes

/// The frame of the pages for one visitor: the brand's look around the content.
package struct PageFrame: Sendable, Hashable {
    package var brand: PageBrand
    package var language: PageLanguage

    package init(brand: PageBrand, language: PageLanguage) {
        (self.brand, self.language) = (brand, language)
    }

    private var labels: PageLabels { PageLabels.of(language) }

    /// The frame around `content`: head, logo, card and footer, with the response headers.
    package func page(
        status: Int,
        title: String,
        isFault: Bool = false,
        script: PageScript? = nil,
        retryAfter: Int? = nil,
        _ content: Markup
    ) -> HostedPage {
        let style = PageStyle(brand)
        let name = "\(isFault ? labels.fault + " " : "")\(title) – \(brand.name)"
        let html: Markup = """
            <!DOCTYPE html>
            <html lang="\(language.rawValue)" dir="\(language.direction)">
            <head>
            <meta charset="utf-8">
            <title>\(name)</title>
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="robots" content="noindex, nofollow">
            <meta name="color-scheme" content="light dark">
            <style>\(style)</style>
            </head>
            <body>
            <header>\(heading)</header>
            <main>
            \(content)
            </main>
            \(footer)\(script.map { script -> Markup in "<script>\(script)</script>\n" })</body>
            </html>

            """
        let policy = ContentPolicy.header(style: style.css, script: script?.text, images: brand.logo?.origins ?? [])
        return HostedPage(
            status: status,
            language: language,
            html: html,
            policy: policy,
            retryAfter: retryAfter
        )
    }

    /// The logo, or the name without one.
    private var heading: Markup {
        guard let logo = brand.logo else { return "<span dir=\"auto\">\(brand.name)</span>" }
        let width: Markup? = logo.width.map { " width=\"\($0)\"" }
        let height: Markup? = logo.height.map { " height=\"\($0)\"" }
        let image: Markup = "<img src=\"\(logo.address)\" alt=\"\(logo.text)\"\(width)\(height)>"
        guard let dark = logo.darkAddress else { return image }
        // In a `srcset` a comma could end the URL.
        let address = dark.replacing(",", with: "%2C")
        return "<picture><source media=\"(prefers-color-scheme: dark)\" srcset=\"\(address)\">\(image)</picture>"
    }

    private var footer: Markup? {
        let names = [("home", labels.home), ("support", labels.support), ("privacy", labels.privacy)]
        let links = names.compactMap { name, label -> Markup? in
            brand.links[name].map { "<li><a href=\"\($0)\" rel=\"noreferrer\">\(label)</a></li>\n" }
        }
        let lines = brand.addressLines.map { line -> Markup in "<span dir=\"auto\">\(line)</span><br>\n" }
        let text: Markup? = brand.footer.map { "<p dir=\"auto\">\($0)</p>\n" }
        let list: Markup? = links.isEmpty ? nil : "<ul>\n\(links)</ul>\n"
        let address: Markup? = lines.isEmpty ? nil : "<p>\n\(lines)</p>\n"
        guard text != nil || list != nil || address != nil else { return nil }
        return "<footer>\n\(text)\(list)\(address)</footer>\n"
    }
}

/// Builds the content security policy of a page (https://www.w3.org/TR/CSP3/).
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
        "'sha256-\(Base64.encode(ContentHash.bytes(of: Array(text.utf8))))'"
    }
}

/// A rendered page.
package struct HostedPage: Sendable, Hashable {
    package let status: Int
    /// All response headers, including `Content-Type`.
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
            // For browsers without `frame-ancestors`.
            HTTPHeader("X-Frame-Options", "DENY"),
            HTTPHeader("Cross-Origin-Opener-Policy", "same-origin"),
            HTTPHeader("Cross-Origin-Resource-Policy", "same-origin"),
        ]
        if let retryAfter { headers.append(HTTPHeader("Retry-After", String(max(1, retryAfter)))) }
        self.headers = headers
    }
}

extension Reply {
    package init(page: HostedPage) {
        self.init(status: page.status, body: page.body)
        for header in page.headers {
            guard let name = HTTPField.Name(header.name) else { continue }
            fields[name] = header.value
        }
    }
}
