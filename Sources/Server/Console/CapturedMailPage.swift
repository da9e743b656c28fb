// SPDX-License-Identifier: Apache-2.0
internal import Basics
import FoundationEssentials
internal import Mail
internal import Queue
internal import Submission

/// The pages of the console.
enum CapturedMailPage {
    /// The views of one message, in the order of the tabs.
    enum View: String, CaseIterable {
        case html, text, source

        var title: String {
            switch self {
            case .html: "HTML"
            case .text: "Text"
            case .source: "Source"
            }
        }
    }

    /// The contents of a page that are not in the message's record.
    struct Content {
        var mail: MailContent
        var source = ""
        /// True when the links and codes in it are real.
        var showsSecrets = false
    }

    static func list(_ records: [MessageRecord], subjects: [String: String], older: String?) -> [UInt8] {
        HTMLPage.document(title: "Captured mail") { page in
            if records.isEmpty {
                page.markup("<p class=\"empty\">No mail has been captured yet. It comes here when a route leads to a ")
                page.markup("provider of kind <code>capture</code>.</p>\n")
                return
            }
            page.markup("<table>\n<thead><tr><th>Subject</th><th>To</th><th>Brand</th><th>State</th><th>When</th></tr>")
            page.markup("</thead>\n<tbody>\n")
            for record in records { row(record, subjects[record.id] ?? "", &page) }
            page.markup("</tbody>\n</table>\n")
            guard let older else { return }
            page.markup("<p><a href=\"/?after=")
            page.text(PercentEncoding.encode(older))
            page.markup("\">Older</a></p>\n")
        }
    }

    private static func row(_ record: MessageRecord, _ subject: String, _ page: inout HTMLPage) {
        page.markup("<tr><td><a href=\"/captured/")
        page.text(PercentEncoding.encode(record.id))
        page.markup("\">")
        page.text(subject.isEmpty ? "(no subject)" : subject)
        page.markup("</a></td><td>")
        page.text(record.recipients.map(\.address.description).joined(separator: ", "))
        page.markup("</td><td>")
        page.text(record.brand)
        page.markup("</td><td>")
        page.text(record.state.rawValue)
        page.markup("</td><td>")
        page.text(record.createdAt.description)
        page.markup("</td></tr>\n")
    }

    static func message(_ record: MessageRecord, _ content: Content, view: View) -> [UInt8] {
        let subject = content.mail.subject
        return HTMLPage.document(title: subject.isEmpty ? "(no subject)" : subject) { page in
            page.markup("<h1>")
            page.text(subject.isEmpty ? "(no subject)" : subject)
            page.markup("</h1>\n<dl>\n")
            if let from = record.request?.from { row("From", [display(from)], &page) }
            for kind in Recipient.Kind.allCases {
                let boxes = record.request?.recipients.filter { $0.kind == kind }.map { display($0.mailbox) } ?? []
                row(title(kind), boxes, &page)
            }
            row("Date", [record.createdAt.description], &page)
            row("Provider", [record.provider ?? ""], &page)
            row("Attachments", record.request?.attachments.map { "\($0.fileName) (\($0.size) bytes)" } ?? [], &page)
            page.markup("</dl>\n")
            if content.showsSecrets {
                page.markup(
                    "<p class=\"caution\">The links and codes in this mail work: the provider that kept it has "
                )
                page.markup("<code>show_secrets</code> set, which is for trying out alone.</p>\n")
            }
            tabs(record.id, view, &page)
            body(record.id, content, view, &page)
        }
    }

    private static func title(_ kind: Recipient.Kind) -> String {
        switch kind {
        case .to: "To"
        case .cc: "Cc"
        case .bcc: "Bcc"
        }
    }

    private static func display(_ mailbox: Mailbox) -> String {
        guard let name = mailbox.name else { return mailbox.address.description }
        return "\(name) <\(mailbox.address)>"
    }

    private static func row(_ name: String, _ values: [String], _ page: inout HTMLPage) {
        if values.allSatisfy(\.isEmpty) { return }
        page.markup("<dt>")
        page.text(name)
        page.markup("</dt><dd>")
        page.text(values.joined(separator: ", "))
        page.markup("</dd>\n")
    }

    private static func tabs(_ id: String, _ current: View, _ page: inout HTMLPage) {
        page.markup("<nav>")
        for view in View.allCases {
            page.markup("<a href=\"/captured/")
            page.text(PercentEncoding.encode(id))
            page.markup("?view=")
            page.text(view.rawValue)
            page.markup("\"")
            if view == current { page.markup(" aria-current=\"page\"") }
            page.markup(">")
            page.text(view.title)
            page.markup("</a>")
        }
        page.markup("</nav>\n")
    }

    private static func body(_ id: String, _ content: Content, _ view: View, _ page: inout HTMLPage) {
        switch view {
        case .html where content.mail.html != nil:
            // The sandbox forbids scripts and forms and gives the frame its own origin; a new tab is not sandboxed.
            page.markup(
                "<iframe sandbox=\"allow-popups allow-popups-to-escape-sandbox\" referrerpolicy=\"no-referrer\""
            )
            page.markup(" title=\"HTML part\" src=\"/captured/")
            page.text(PercentEncoding.encode(id))
            page.markup("/body\"></iframe>\n")
        case .html: page.markup("<p class=\"empty\">The message has no HTML part.</p>\n")
        case .text: preformatted(content.mail.text, &page)
        case .source: preformatted(content.source, &page)
        }
    }

    private static func preformatted(_ text: String, _ page: inout HTMLPage) {
        // Browsers drop a line break directly after the tag; this one keeps the text's own first line break.
        page.markup("<pre>\n")
        page.text(text)
        page.markup("</pre>\n")
    }

    /// Adds a `<base>` that opens links in new tabs, because they cannot open inside the frame.
    static func openingLinksInTabs(_ html: String) -> String {
        let base = "<base target=\"_blank\">"
        // Without a head element, browsers build one from the leading elements.
        guard let head = html.firstRange(of: "<head>") else { return base + html }
        return html[..<head.upperBound] + base + html[head.upperBound...]
    }

    static let style = """
        :root { color-scheme: light dark; --line: #8884; --accent: #2563eb; }
        @media (prefers-color-scheme: dark) { :root { --accent: #8ab0ff; } }
        * { box-sizing: border-box; }
        body { margin: 0; font: 15px/1.5 system-ui, sans-serif; }
        header { padding: .8rem 1.5rem; border-bottom: 1px solid var(--line); }
        header a { font-weight: 700; color: inherit; text-decoration: none; }
        header span { opacity: .6; margin-left: .5rem; }
        main { max-width: 70rem; margin: 0 auto; padding: 1rem 1.5rem; }
        h1 { font-size: 1.4rem; margin: .5rem 0 1rem; overflow-wrap: anywhere; }
        a { color: var(--accent); }
        table { width: 100%; border-collapse: collapse; }
        th, td { text-align: left; padding: .45rem .6rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
        th { font-size: .8rem; text-transform: uppercase; letter-spacing: .04em; opacity: .6; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0 0 1rem; }
        dt { opacity: .6; }
        dd { margin: 0; overflow-wrap: anywhere; }
        nav { display: flex; gap: .3rem; border-bottom: 1px solid var(--line); margin-bottom: 1rem; }
        nav a { padding: .4rem .9rem; text-decoration: none; }
        nav a[aria-current] { border-bottom: 2px solid var(--accent); font-weight: 600; }
        iframe { width: 100%; height: 75vh; border: 1px solid var(--line); border-radius: 6px; background: #fff; }
        pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 1rem; border: 1px solid var(--line); border-radius: 6px; }
        .caution { padding: .5rem .8rem; border-left: 3px solid #d97706; background: #d9770618; border-radius: 0 6px 6px 0; }
        @media (max-width: 40rem) {
          main { padding: .5rem 1rem; }
          thead { display: none; }
          tr { display: flex; flex-wrap: wrap; gap: 0 .8rem; padding: .7rem 0; border-bottom: 1px solid var(--line); }
          td { padding: 0; border: 0; font-size: .85rem; opacity: .75; }
          td:first-child { flex-basis: 100%; font-size: 1rem; opacity: 1; }
        }
        .empty { opacity: .7; padding: 2rem 0; }

        """
}
