// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import HTTPTypes
internal import JSON
internal import Mail
internal import Queue
internal import Submission

/// The mail of a message as its page shows it: one of its parts.
struct MailParts: Sendable {
    enum View: String, CaseIterable {
        case html, text, headers, source, attachments, request

        var title: String {
            switch self {
            case .html: "HTML"
            case .text: "Text"
            case .headers: "Headers"
            case .source: "Source"
            case .attachments: "Attachments"
            case .request: "Request"
            }
        }
    }

    /// Longer texts are cut on the page, which offers the whole as a file.
    private static let shownLimit = 512 * 1024

    let record: MessageRecord
    let view: View
    private(set) var subject: String
    private(set) var content: MailContent?
    private var source: [UInt8] = []
    private var fault: String?
    /// True when the links and codes in it work.
    private var showsSecrets = false

    /// Reads what a view needs; what cannot be read is said in its place.
    static func read(_ record: MessageRecord, _ wanted: String?, in console: ConsoleAPI) async -> MailParts {
        let showsSecrets = console.showsSecrets(record)
        let view = console.services.stores.view
        do throws(BuildError) {
            let mail = try await view.rendered(record, showingSecrets: showsSecrets)
            let chosen = wanted.flatMap(View.init) ?? (mail.html == nil ? .text : .html)
            var parts = MailParts(
                record: record,
                view: chosen,
                subject: mail.subject.isEmpty ? "(no subject)" : mail.subject
            )
            parts.content = mail
            parts.showsSecrets = showsSecrets && record.request?.captured != nil
            if chosen == .source || chosen == .headers {
                parts.source = try await view.source(record, showingSecrets: showsSecrets)
            }
            return parts
        } catch {
            let chosen = wanted.flatMap(View.init) ?? .request
            var parts = MailParts(
                record: record,
                view: chosen,
                subject: record.request?.content.subject ?? "(content gone)"
            )
            parts.fault = error.description
            return parts
        }
    }

    private init(record: MessageRecord, view: View, subject: String) {
        (self.record, self.view, self.subject) = (record, view, subject)
    }

    static func refusal(_ failure: BuildError, _ words: String) -> Refusal {
        switch failure {
        case .unbuildable, .discarded, .unbound: Refusal(.wrongState("\(words): \(failure.description)"))
        case .unavailable(let reason): Refusal(StoreError.unavailable(reason))
        }
    }

    // The card

    func card(base: String, images: Bool) -> Markup {
        """
        <section class="card mail" aria-labelledby="mail-title">
        <h2 class="away" id="mail-title">The mail</h2>
        \(tabs(base))
        \(caution)\(shown(base, images: images))
        </section>
        """
    }

    func tabs(_ base: String) -> Markup {
        let count = record.request?.attachments.count ?? 0
        let links = View.allCases.map { each -> Markup in
            let mark: Markup = each == view ? " aria-current=\"page\"" : ""
            let figure: Markup = each == .attachments && count > 0 ? " <span class=\"n\">\(count)</span>" : ""
            return "<a href=\"\(base)?view=\(each.rawValue)\"\(mark)>\(each.title)\(figure)</a>"
        }
        return "<nav class=\"tabs\" aria-label=\"Parts of the mail\">\(links)</nav>"
    }

    var caution: Markup {
        guard showsSecrets else { return "" }
        return """
            <p class="caution">The links and codes in this mail work: the provider that kept it has \
            <code>show_secrets</code> set, which is for trying out alone.</p>
            """
    }

    func shown(_ base: String, images: Bool) -> Markup {
        if let fault, view != .request {
            return "<div class=\"empty\"><h3>It cannot be shown</h3><p>\(fault)</p></div>"
        }
        switch view {
        case .html: return frame(base, images: images)
        case .text: return text(content?.text ?? "", base)
        case .headers: return headers
        case .source: return text(String(decoding: source.prefix(Self.shownLimit), as: UTF8.self), base, isPlain: true)
        case .attachments: return attachments(base)
        case .request: return request
        }
    }

    private func frame(_ base: String, images: Bool) -> Markup {
        guard content?.html != nil else {
            return "<div class=\"empty\"><p>This mail has no HTML part.</p></div>"
        }
        let load: Markup =
            images
            ? "Images are loaded from outside for this view."
            : "Nothing is loaded from outside. <a class=\"link\" href=\"\(base)?view=html&amp;images=1\">Load remote images</a>"
        // The sandbox forbids scripts, forms and navigation, and gives the frame an origin of its own; a new tab is not
        // sandboxed.
        return """
            <div class="tools"><fieldset class="segments" data-width hidden><legend class="away">Width</legend>\
            <label><input type="radio" name="width" value="desktop" checked><span>Desktop</span></label>\
            <label><input type="radio" name="width" value="phone"><span>Phone</span></label></fieldset>\
            <p class="small quiet">\(load)</p></div>
            <iframe src="\(base)/body\(images.markup("?images=1"))" title="HTML part of the mail" \
            sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer"></iframe>
            """
    }

    private func text(_ text: String, _ base: String, isPlain: Bool = false) -> Markup {
        let isCut = text.utf8.count >= Self.shownLimit
        let shown = isCut ? String(text.prefix(Self.shownLimit)) : text
        let rest: Markup = isCut ? "This is the beginning. " : ""
        let kind: Markup = isPlain ? "" : " class=\"wrap\""
        let tools: Markup = """
            <div class="tools"><p class="small quiet">\(rest)<a class="link" href="\(base)/download">Download the whole \
            message</a></p></div>
            """
        // Browsers drop a line break directly after the tag; this one keeps the text's own first line break.
        return "\((isPlain || isCut).markup(tools))<pre tabindex=\"0\" aria-label=\"The text\"\(kind)>\n\(shown)</pre>"
    }

    private var headers: Markup {
        let rows = Self.fields(source).map { field -> Markup in
            "<tr><th scope=\"row\">\(field.name)</th><td class=\"mono\">\(field.value)</td></tr>\n"
        }
        return """
            <table class="words"><thead><tr><th scope="col">Field</th><th scope="col">Value</th></tr></thead>\
            <tbody>\(rows)</tbody></table>
            """
    }

    /// The header fields of a message (RFC 5322 section 2.2), unfolded.
    static func fields(_ source: [UInt8]) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        let head = String(decoding: source.prefix(shownLimit), as: UTF8.self)
        for line in head.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty { break }
            if line.first == " " || line.first == "\t", !fields.isEmpty {
                fields[fields.count - 1].value += " " + line.drop { $0 == " " || $0 == "\t" }
            } else {
                let pair = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                let value = pair.count == 2 ? String(pair[1].drop { $0 == " " }) : ""
                fields.append((String(pair[0]), value))
            }
        }
        return fields
    }

    private func attachments(_ base: String) -> Markup {
        let files = record.request?.attachments ?? []
        guard !files.isEmpty else { return "<div class=\"empty\"><p>This mail has no attachments.</p></div>" }
        let rows = files.enumerated().map { number, file -> Markup in
            """
            <tr><th scope="row"><a class="link" href="\(base)/attachments/\(number)" download><bdi>\(file.fileName)</bdi></a></th>\
            <td>\(file.contentType)</td><td>\(file.disposition.rawValue)</td><td class="n">\(ConsoleText.size(file.size))</td></tr>

            """
        }
        return """
            <table class="words"><thead><tr><th scope="col">File</th><th scope="col">Type</th><th scope="col">As</th>\
            <th scope="col" class="n">Size</th></tr></thead><tbody>\(rows)</tbody></table>
            """
    }

    private var request: Markup {
        let json = MessageView.message(record).text(pretty: true)
        return "<pre tabindex=\"0\" aria-label=\"The request and its state as JSON\" class=\"wrap\">\n\(json)</pre>"
    }
}

/// What a page of mail loads: the HTML in its frame, and files.
extension ConsoleAPI {
    /// The policy of a mail: as restricted as its frame, opened on its own too, but that its links open in new tabs.
    private static func mailPolicy(images: Bool) -> String {
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
            + "img-src data:\(images ? " http: https:" : ""); style-src 'unsafe-inline'; base-uri 'none'; "
            + "form-action 'none'; frame-ancestors 'self'"
    }

    @Sendable func body(_ visit: ConsoleCall) async throws(Refusal) -> Reply {
        try await body(of: try await record(visit), visit)
    }

    func body(of record: MessageRecord, _ visit: ConsoleCall) async throws(Refusal) -> Reply {
        let view = services.stores.view
        do throws(BuildError) {
            guard var html = try await view.rendered(record, showingSecrets: showsSecrets(record)).html else {
                throw .discarded("the mail has no HTML part")
            }
            if html.contains("cid:") { html = MailHTML.showing(try await view.attachments(of: record), in: html) }
            let shown = Array(MailHTML.openingLinksInTabs(html).utf8)
            var reply = Reply(status: 200, type: "text/html; charset=utf-8", body: shown)
            reply.fields[.contentSecurityPolicy] = Self.mailPolicy(images: visit.text("images") == "1")
            return reply
        } catch {
            throw MailParts.refusal(error, "It cannot be shown")
        }
    }

    @Sendable func attachment(_ visit: ConsoleCall) async throws(Refusal) -> Reply {
        try await attachment(of: try await record(visit), visit)
    }

    func attachment(of record: MessageRecord, _ visit: ConsoleCall) async throws(Refusal) -> Reply {
        let files = try await translating({ MailParts.refusal($0, "It cannot be read") }) {
            () async throws(BuildError) in
            try await services.stores.view.attachments(of: record)
        }
        guard let number = Int(visit.parameter("number")), files.indices.contains(number) else {
            throw Refusal(.notFound)
        }
        return Self.file(files[number].content, name: files[number].fileName)
    }

    @Sendable func download(_ visit: ConsoleCall) async throws(Refusal) -> Reply {
        try await download(of: try await record(visit))
    }

    func download(of record: MessageRecord) async throws(Refusal) -> Reply {
        let source = try await translating({ MailParts.refusal($0, "It cannot be read") }) {
            () async throws(BuildError) in
            try await services.stores.view.source(record, showingSecrets: showsSecrets(record))
        }
        return Self.file(source, name: "\(record.id).eml")
    }

    /// A file to keep: no browser shows it, whatever it holds.
    private static func file(_ content: [UInt8], name: String) -> Reply {
        var reply = Reply(status: 200, type: "application/octet-stream", body: content)
        // RFC 6266 section 4.3, in the form of RFC 8187.
        reply.fields[.contentDisposition] = "attachment; filename*=UTF-8''\(PercentEncoding.encode(name))"
        reply.fields[.contentSecurityPolicy] = "sandbox; default-src 'none'"
        return reply
    }
}

/// The HTML of a mail for its frame.
enum MailHTML {
    /// Larger images are left out of the frame.
    private static let imageLimit = 2 * 1024 * 1024

    /// Adds a `<base>` that opens links in new tabs, because they cannot open inside the frame.
    static func openingLinksInTabs(_ html: String) -> String {
        let base = "<base target=\"_blank\">"
        // Without a head element, browsers build one from the leading elements.
        guard let head = html.firstRange(of: "<head>") else { return base + html }
        return html[..<head.upperBound] + base + html[head.upperBound...]
    }

    /// Puts inline images in the place of the addresses that name them (RFC 2392).
    static func showing(_ files: [Attachment], in html: String) -> String {
        var html = html
        for file in files {
            guard let id = file.contentID, !id.isEmpty, file.contentType.hasPrefix("image/"),
                file.content.count <= imageLimit, file.contentType.utf8.allSatisfy(isPlain)
            else { continue }
            html = html.replacing("cid:\(id)", with: "data:\(file.contentType);base64,\(Base64.encode(file.content))")
        }
        return html
    }

    private static func isPlain(_ byte: UInt8) -> Bool { byte.isASCIIAlphanumeric || "/+.-".utf8.contains(byte) }
}
