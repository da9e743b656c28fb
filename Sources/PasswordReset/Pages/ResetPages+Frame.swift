// SPDX-License-Identifier: Apache-2.0

extension ResetPages {
    /// Head, logo, card and foot around `content`, with the headers that go with them.
    func page(
        status: Int,
        title: String,
        isFault: Bool = false,
        script: PageScript? = nil,
        retryAfter: Int? = nil,
        _ content: Markup
    ) -> ResetPage {
        let brand = context.brand
        let style = PageStyle(brand)
        let name = "\(isFault ? words.choose.fault + " " : "")\(title) – \(brand.name)"
        let html: Markup = """
            <!DOCTYPE html>
            <html lang="\(context.language.rawValue)" dir="\(context.language.direction)">
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
        return ResetPage(
            status: status,
            language: context.language,
            html: html,
            policy: policy,
            retryAfter: retryAfter
        )
    }

    /// The logo, or the name when there is none.
    private var heading: Markup {
        guard let logo = context.brand.logo else { return "<span dir=\"auto\">\(context.brand.name)</span>" }
        let width: Markup? = logo.width.map { " width=\"\($0)\"" }
        let height: Markup? = logo.height.map { " height=\"\($0)\"" }
        let image: Markup = "<img src=\"\(logo.address)\" alt=\"\(logo.text)\"\(width)\(height)>"
        guard let dark = logo.darkAddress else { return image }
        // In a `srcset` a comma could end the address.
        let address = dark.replacing(",", with: "%2C")
        return "<picture><source media=\"(prefers-color-scheme: dark)\" srcset=\"\(address)\">\(image)</picture>"
    }

    private var footer: Markup? {
        let brand = context.brand
        let names = [("home", words.home), ("support", words.support), ("privacy", words.privacy)]
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
