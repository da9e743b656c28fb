// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Mail
internal import Queue
internal import Submission

/// The mail that `capture` providers kept: a list and a reading pane.
///
/// A browser on this machine sees it without signing in.
extension ConsoleAPI {
    private static let listSize = 50

    var capturedEndpoints: [Endpoint] {
        [
            page("/console/captured", guests: true, answer: capturedList),
            page("/console/captured/{id}", guests: true, answer: capturedMail),
            page("/console/captured/{id}/body", guests: true) { visit throws(Refusal) in
                try await body(of: try await captured(visit), visit)
            },
            page("/console/captured/{id}/attachments/{number}", guests: true) { visit throws(Refusal) in
                try await attachment(of: try await captured(visit), visit)
            },
            page("/console/captured/{id}/download", guests: true) { visit throws(Refusal) in
                try await download(of: try await captured(visit))
            },
        ]
    }

    private var captures: [String] { services.dispatching.statuses().filter(\.isCapture).map(\.name) }

    /// The message in the path, if a `capture` provider kept it.
    private func captured(_ visit: ConsoleCall) async throws(Refusal) -> MessageRecord {
        let record = try await record(visit)
        guard let provider = record.provider, captures.contains(provider) else { throw Refusal(.noMessage) }
        return record
    }

    private func capturedList(_ visit: ConsoleCall) async throws(Refusal) -> Reply {
        let list = try await list(visit, open: nil)
        let pane: Markup = """
            <article class="mail"><div class="empty"><h2>Choose a mail</h2><p>It is shown here as its recipient would see \
            it.</p></div></article>
            """
        return reply(inbox("Captured", list, pane, isReading: false), to: visit.visitor)
    }

    private func capturedMail(_ visit: ConsoleCall) async throws(Refusal) -> Reply {
        let record = try await captured(visit)
        let parts = await MailParts.read(record, visit.text("view"), in: self)
        let list = try await list(visit, open: record.id)
        let base = "/console/captured/\(PercentEncoding.encode(record.id))"
        var facts: [(String, String)] = []
        if let from = record.request?.from { facts.append(("From", MessageWords.mailbox(from))) }
        for kind in Recipient.Kind.allCases {
            let boxes = (record.request?.recipients ?? []).filter { $0.kind == kind }.map {
                MessageWords.mailbox($0.mailbox)
            }
            if !boxes.isEmpty { facts.append((kind.rawValue.asTitle, boxes.joined(separator: ", "))) }
        }
        let story: Markup = """
            <a class="button little" href="/console/messages/\(path: record.id)">Its story</a>
            """
        let pane: Markup = """
            <article class="mail" aria-labelledby="subject">
            <header>
            <p class="back small"><a href="/console/captured">All captured mail</a></p>
            <h2 id="subject"><bdi>\(parts.subject)</bdi></h2>
            <div class="acts"><a class="button little" href="\(base)/download">Download</a>\((!visit.visitor.isGuest).markup(story))</div>
            <dl class="facts">\(facts.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" as Markup })\
            <dt>Time</dt><dd>\(ConsoleText.date(record.createdAt)), \(ConsoleText.exact(record.createdAt, now: record.createdAt))</dd></dl>
            </header>
            \(parts.tabs(base))
            \(parts.caution)\(parts.shown(base, images: visit.text("images") == "1"))
            </article>
            """
        return reply(inbox(parts.subject, list, pane, isReading: true), to: visit.visitor)
    }

    private func inbox(_ title: String, _ list: Markup, _ pane: Markup, isReading: Bool) -> ConsolePage {
        ConsolePage(
            title,
            in: .captured,
            """
            <div class="head">
            <h1>Captured</h1><p>Kept here and delivered to no recipient</p>
            \(Self.live)
            </div>
            <div class="card inbox\(isReading.markup(" reading"))">
            \(list)
            \(pane)
            </div>
            """
        )
    }

    private func list(_ visit: ConsoleCall, open: String?) async throws(Refusal) -> Markup {
        let words = visit.text("q")
        let (records, older) = try await capturedPage(visit, words)
        let subjects = await subjects(records)
        let items = records.map { item($0, subjects[$0.id] ?? "", isOpen: $0.id == open, visit) }
        let more: Markup = older.markup {
            "<li class=\"more-link\"><a href=\"/console/captured?after=\(path: $0)\(words.markup { "&amp;q=\(path: $0)" })\" rel=\"next\">Older mail</a></li>"
        }
        let nothing: Markup =
            words == nil
            ? """
            <div class="empty"><h3>No mail yet</h3><p>Mail comes here when a route leads to a provider of kind \
            <code>capture</code>. This page shows it at once.</p></div>
            """
            : "<div class=\"empty\"><h3>No mail fits</h3><p><a class=\"link\" href=\"/console/captured\">Show all</a></p></div>"
        return """
            <section aria-labelledby="mails">
            <h2 class="away" id="mails">Mails</h2>
            <form role="search" action="/console/captured" aria-label="Captured mail"><input type="search" name="q" \
            value="\(words ?? "")" aria-label="Search captured mail by subject or address" placeholder="Search captured mail"></form>
            <div data-live="captured" class="fill">\(records.isEmpty.markup(nothing))\
            \((!records.isEmpty).markup("<ol>\(items)\(more)</ol>"))</div>
            </section>
            """
    }

    private func item(_ record: MessageRecord, _ subject: String, isOpen: Bool, _ visit: ConsoleCall) -> Markup {
        let mark: Markup = isOpen ? " aria-current=\"true\"" : ""
        let first = record.request?.recipients.first.map { $0.mailbox.name ?? $0.mailbox.address.description }
        let more = record.recipients.count > 1 ? " +\(record.recipients.count - 1)" : ""
        let origin = record.category.map { "\(record.brand), \($0)" } ?? record.brand
        return """
            <li><a href="/console/captured/\(path: record.id)"\(mark)><b class="cut">\
            \(first ?? MessageWords.recipients(record))\(more)</b>\(ConsoleText.time(record.createdAt, now: visit.now))\
            <span class="about cut"><bdi>\(subject)</bdi></span><span class="sub cut">\(origin)</span></a></li>

            """
    }

    /// One page over all `capture` providers, and where the next one begins.
    private func capturedPage(
        _ visit: ConsoleCall,
        _ words: String?
    ) async throws(Refusal) -> (records: [MessageRecord], older: String?) {
        var records: [MessageRecord] = []
        var floor: String?
        for provider in captures {
            var filter = MessageFilter(limit: Self.listSize)
            filter.provider = provider
            filter.visibleBrands = visit.visitor.principal.brands
            filter.after = visit.text("after")
            if let words {
                // Words that are no address are looked for in the subject.
                filter.to = words.contains("@") ? try? EmailAddress(parsing: words) : nil
                if filter.to == nil { filter.subject = words }
            }
            let page = try await found(filter, visit)
            records += page.records
            if let next = page.next { floor = max(floor ?? next, next) }
        }
        // Ids sort by time. The pages of several providers are merged by id, down to the last id that all searches have
        // reached.
        records = Array(records.filter { $0.id >= floor ?? "" }.sorted { $0.id > $1.id }.prefix(Self.listSize))
        return (records, records.count == Self.listSize ? records.last?.id : floor)
    }
}
