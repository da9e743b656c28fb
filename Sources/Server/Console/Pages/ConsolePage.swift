// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Queue
internal import Submission

/// A place in the navigation.
enum ConsoleSection: String, CaseIterable {
    case overview, messages, captured, suppressions, providers, keys, settings

    var title: String {
        switch self {
        case .overview: "Overview"
        case .messages: "Messages"
        case .captured: "Captured"
        case .suppressions: "Suppressions"
        case .providers: "Providers"
        case .keys: "Keys"
        case .settings: "Settings"
        }
    }

    var path: String { self == .overview ? ConsoleAPI.home : "\(ConsoleAPI.home)/\(rawValue)" }

    /// Whether a visitor sees it.
    func isOpen(to visitor: ConsoleVisitor) -> Bool {
        switch self {
        case .captured: true
        case .keys: visitor.may(.manage)
        case .settings: visitor.may(.manage) && visitor.seesAllBrands
        default: !visitor.isGuest
        }
    }
}

/// One page: its title, its place in the navigation and its content.
struct ConsolePage {
    var title: String
    var section: ConsoleSection?
    var content: Markup
    /// What was just done; a short sentence.
    var toast: Markup?
    var status = 200

    init(_ title: String, in section: ConsoleSection?, status: Int = 200, _ content: Markup) {
        (self.title, self.section, self.status, self.content) = (title, section, status, content)
    }
}

extension ConsoleAPI {
    /// The page with navigation around its content.
    func reply(_ page: ConsolePage, to visitor: ConsoleVisitor) -> Reply {
        let body: Markup = """
            <a class="skip" href="#main">Skip to content</a>
            <div class="shell">
            <header class="top">\(Self.brand)<button class="menu" type="button" popovertarget="nav">Menu</button></header>
            \(navigation(page, visitor))
            <main id="main">
            \(page.toast.markup { "<p class=\"toast\" role=\"status\">\($0)</p>\n" })\(page.content)
            </main>
            </div>
            """
        return document(page.title, status: page.status, body)
    }

    func document(_ title: String, status: Int = 200, head: Markup = "", _ body: Markup) -> Reply {
        let page: Markup = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <title>\(title) – Posthaste</title>
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="robots" content="noindex">
            \(head)<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect y='3' width='16' height='10' rx='2' fill='%233457d5'/%3E%3Cpath d='M1 4.5l7 5 7-5' fill='none' stroke='white' stroke-width='1.4'/%3E%3C/svg%3E">
            <link rel="stylesheet" href="/console/assets/\(assets.styleName)">
            <script src="/console/assets/\(assets.scriptName)" defer></script>
            </head>
            <body>
            \(body)
            </body>
            </html>

            """
        return Reply(status: status, type: "text/html; charset=utf-8", body: page.bytes)
    }

    static let brand: Markup = """
        <a class="brand" href="/console"><svg viewBox="0 0 20 14" aria-hidden="true"><rect width="20" height="14" \
        rx="2.5"/><path d="M1.5 2.5 10 8.5l8.5-6"/></svg>Posthaste</a>
        """

    private func navigation(_ page: ConsolePage, _ visitor: ConsoleVisitor) -> Markup {
        let groups: [(title: String?, sections: [ConsoleSection])] = [
            (nil, [.overview]), ("Mail", [.messages, .captured, .suppressions]), ("Delivery", [.providers]),
            ("Set up", [.keys, .settings]),
        ]
        let search: Markup = """
            <form action="/console/messages" role="search"><input type="search" name="q" \
            aria-label="Find an address, an id or a subject" placeholder="Find mail" data-find></form>
            """
        return """
            <nav class="nav" id="nav" popover aria-label="Console">
            \((!visitor.isGuest).markup(search))
            \(groups.map { group($0.title, $0.sections.filter { $0.isOpen(to: visitor) }, page.section) })
            <div class="who">
            <b>\(visitor.name)</b>
            <span>\(services.hostName)</span>
            <span>\(brands(visitor)), times in UTC</span>
            \(signing(visitor))
            </div>
            </nav>
            """
    }

    private func group(_ title: String?, _ sections: [ConsoleSection], _ current: ConsoleSection?) -> Markup {
        guard !sections.isEmpty else { return "" }
        let items = sections.map { section -> Markup in
            let mark: Markup = section == current ? " aria-current=\"page\"" : ""
            return "<li><a href=\"\(section.path)\"\(mark)>\(section.title)\(badge(section))</a></li>\n"
        }
        guard let title else { return "<div><ul>\n\(items)</ul></div>" }
        let id = "of-\(title.lowercased().replacing(" ", with: "-"))"
        return "<div><p class=\"of\" id=\"\(id)\">\(title)</p>\n<ul aria-labelledby=\"\(id)\">\n\(items)</ul></div>"
    }

    /// A count that says that something is wrong, or nothing.
    private func badge(_ section: ConsoleSection) -> Markup {
        guard section == .providers else { return "" }
        let down = services.dispatching.statuses().count { $0.state == .down || $0.state == .open }
        return down == 0 ? "" : " <span class=\"n bad\">\(down) down</span>"
    }

    private func brands(_ visitor: ConsoleVisitor) -> String {
        guard let brands = visitor.principal.brands else { return "All brands" }
        return "Brand \(brands.sorted().joined(separator: ", "))"
    }

    private func signing(_ visitor: ConsoleVisitor) -> Markup {
        guard visitor.session != nil else { return "<a class=\"link\" href=\"/console/login\">Sign in</a>" }
        return """
            <form method="post" action="/console/logout">\(Self.token(visitor))<button class="plain little" \
            type="submit">Sign out</button></form>
            """
    }

    /// The hidden field that every form of a session needs.
    static func token(_ visitor: ConsoleVisitor) -> Markup {
        "<input type=\"hidden\" name=\"token\" value=\"\(visitor.formToken)\">"
    }

    /// A page that says why something was refused.
    func refused(_ problem: Problem, to visitor: ConsoleVisitor) -> Reply {
        let faults: Markup =
            problem.faults.isEmpty
            ? "" : "<ul class=\"bad\">\(problem.faults.map { "<li>\($0.detail)</li>" as Markup })</ul>"
        let content: Markup = """
            <div class="head"><h1>\(problem.title)</h1></div>
            <section class="card"><div class="empty"><p>\(problem.detail)</p>\(faults)
            <p><a class="button" href="/console">To the overview</a></p></div></section>
            """
        return reply(ConsolePage(problem.title, in: nil, status: problem.status, content), to: visitor)
    }
}
