// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import HTTPTypes
internal import Logging
internal import Mail
internal import Queue
internal import Submission

/// The page of one message.
extension ConsoleAPI {
    @Sendable func message(_ visit: ConsoleCall) async throws(Refusal) -> Reply {
        let record = try await record(visit)
        let parts = await MailParts.read(record, visit.text("view"), in: self)
        let base = "/console/messages/\(PercentEncoding.encode(record.id))"
        let content: Markup = """
            <div class="head">
            <p class="back"><a href="/console/messages">Messages</a></p>
            <h1><bdi>\(parts.subject)</bdi></h1>
            \(MessageWords.state(record.state))
            \(buttons(record, base, visit))
            <p class="about"><span>to \(MessageWords.recipients(record))</span><span>\(record.brand)</span>\
            <span class="mono">\(record.id)</span></p>
            </div>
            <div class="story">
            <div class="stack" data-live="message">
            \(next(record, visit))
            \(timeline(record, visit))
            \(recipients(record))
            </div>
            \(parts.card(base: base, images: visit.text("images") == "1"))
            \(details(record))
            </div>
            """
        var page = ConsolePage(parts.subject, in: .messages, content)
        page.toast = toast(visit)
        return reply(page, to: visit.visitor)
    }

    /// The message in the path, if the visitor may see it.
    func record(_ visit: ConsoleCall) async throws(Refusal) -> MessageRecord {
        let id = visit.parameter("id")
        let isID =
            (1...64).contains(id.utf8.count) && id.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-_".utf8.contains($0) }
        guard isID else { throw Refusal(.noMessage) }
        let messages = services.stores.messages
        let result = await records.value(id, event: visit.event) {
            do throws(StoreError) { return .success(try await messages.find(id)) } catch { return .failure(error) }
        }
        let record = try await translating(Refusal.init) { () async throws(StoreError) in try result.get() }
        guard let record, visit.visitor.principal.sees(brand: record.brand) else { throw Refusal(.noMessage) }
        return record
    }

    private func toast(_ visit: ConsoleCall) -> Markup? {
        switch visit.text("done") {
        case "retried": "The message is back in the queue."
        case "cancelled": "The message was cancelled."
        case "again": "This is the new message; the old one stays as it is."
        default: nil
        }
    }

    private func buttons(_ record: MessageRecord, _ base: String, _ visit: ConsoleCall) -> Markup {
        func button(_ action: String, _ title: String, _ kind: Markup) -> Markup {
            """
            <form method="post" action="\(base)/\(action)">\(Self.token(visit.visitor))<button type="submit"\(kind)>\
            \(title)</button></form>

            """
        }
        var buttons = Markup()
        if visit.visitor.may(.manage), record.state.isRetryable, record.request != nil {
            buttons += button(
                "retry",
                record.state == .uncertain ? "Send it, known outcome or not" : "Retry now",
                " class=\"first\""
            )
        }
        if visit.visitor.may(.send), record.request != nil { buttons += button("again", "Send again as new", "") }
        if visit.visitor.may(.manage), record.state.isCancellable {
            buttons += "<a class=\"button danger\" href=\"\(base)/cancel\">Cancel …</a>"
        }
        return buttons.isEmpty ? "" : "<div class=\"acts\">\(buttons)</div>"
    }

    // What happens next

    private func next(_ record: MessageRecord, _ visit: ConsoleCall) -> Markup {
        let explanation = services.dispatching.explain(record)
        let kind: Markup
        switch record.state {
        case .delivered, .sent, .complained: kind = "good"
        case .failed, .bounced: kind = "fault"
        case .parked, .uncertain, .expired: kind = "warn"
        default: kind = ""
        }
        let step: Markup = explanation.next.markup { next in
            "<p class=\"do\"><b>Next:</b> \(next)\(explanation.nextAt.markup { " (\(ConsoleText.exact($0, now: visit.now)))" })</p>"
        }
        return """
            <section class="alert \(kind)" aria-labelledby="next">
            <h2 id="next">\(Self.headline(record))</h2>
            <p>\(Self.commands(in: explanation.why.asTitle))</p>
            \(step)
            </section>
            """
    }

    private static func headline(_ record: MessageRecord) -> String {
        switch record.state {
        case .scheduled: "It waits for its time"
        case .queued: "It waits for its turn"
        case .sending: "It is being handed over"
        case .sent: "A provider took it"
        case .delivered: "It was delivered"
        case .bounced: "It came back"
        case .complained: "Its recipient reported it as spam"
        case .parked: "It waits until a provider is up"
        case .uncertain: "It may have been sent; an operator decides"
        case .failed: "It was not sent"
        case .cancelled: "It was cancelled"
        case .expired: "Its time was over before it could be sent"
        case .suppressed: "Its recipients are suppressed"
        case .discarded: "Its sender withdrew it"
        }
    }

    private func timeline(_ record: MessageRecord, _ visit: ConsoleCall) -> Markup {
        let explanation = services.dispatching.explain(record)
        var items = Markup()
        if !record.state.hasOutcome, let next = explanation.next {
            items += """
                <li class="next"><b>\(next.asTitle)</b> \(explanation.nextAt.markup { ConsoleText.exact($0, now: visit.now) })</li>

                """
        }
        for event in record.events.reversed() { items += self.event(event, visit) }
        return """
            <section class="card" aria-labelledby="timeline">
            <header><h2 id="timeline">Timeline</h2><span class="small quiet">\(ConsoleText.date(record.createdAt))</span></header>
            <div class="in"><ol class="timeline">
            \(items)</ol></div>
            </section>
            """
    }

    private func event(_ event: MessageEvent, _ visit: ConsoleCall) -> Markup {
        let detail: Markup = event.detail.markup { detail in
            MessageWords.quotes(event.kind) ? "<blockquote>\(detail)</blockquote>" : "<p class=\"quiet\">\(detail)</p>"
        }
        let recipient: Markup = event.recipient.markup { "<p class=\"quiet\">\($0.description)</p>" }
        return """
            <li class="\(MessageWords.tone(event.kind))"><b>\(MessageWords.title(event))</b> \
            \(ConsoleText.exact(event.at, now: visit.now))\(recipient)\(detail)</li>

            """
    }

    private func recipients(_ record: MessageRecord) -> Markup {
        let rows = record.recipients.map { recipient -> Markup in
            let detail: Markup = recipient.detail.markup { "<br><span class=\"quiet\">\($0)</span>" }
            return """
                <tr><th scope="row">\(recipient.address.description)\(detail)</th><td>\(recipient.kind.rawValue)</td>\
                <td>\(MessageWords.state(recipient.state))</td></tr>

                """
        }
        return """
            <section class="card" aria-labelledby="recipients">
            <header><h2 id="recipients">Recipients</h2></header>
            <table class="words"><thead><tr><th scope="col">Address</th><th scope="col">As</th><th scope="col">State</th></tr></thead>
            <tbody>\(rows)</tbody></table>
            </section>
            """
    }

    private func details(_ record: MessageRecord) -> Markup {
        let explanation = services.dispatching.explain(record)
        var facts: [(String, String)] = [("Id", record.id)]
        if let from = record.request?.from { facts.append(("From", MessageWords.mailbox(from))) }
        facts.append(("Brand", record.brand))
        if case .template(let name, let version, let locale, _)? = record.request?.content {
            let language = locale.map { ", \($0)" } ?? ""
            facts.append(("Template", "\(name), version \(version.description.prefix(8))\(language)"))
        }
        if let category = record.category { facts.append(("Category", category)) }
        facts.append(("Lane", record.priority.name))
        if let tags = record.request?.tags, !tags.isEmpty { facts.append(("Tags", tags.joined(separator: ", "))) }
        let metadata = (record.request?.metadata ?? [:]).sorted { $0.key < $1.key }
        if !metadata.isEmpty {
            facts.append(("Metadata", metadata.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")))
        }
        facts.append(("Rule", explanation.rule))
        facts.append(("Way", explanation.via.joined(separator: ", then ")))
        if let via = record.request?.via { facts.append(("Came in by", via.rawValue)) }
        if let key = record.keyID { facts.append(("Key", key)) }
        if let id = record.providerMessageID { facts.append(("Id at the provider", id)) }
        return """
            <section class="card" aria-labelledby="details">
            <header><h2 id="details">Details</h2></header>
            <div class="in"><dl class="facts">\(facts.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>\n" as Markup })</dl></div>
            </section>
            """
    }
}

/// What changes a message.
extension ConsoleAPI {
    @Sendable func retry(_ visit: ConsoleCall) async throws(Refusal) -> Reply {
        let record = try await record(visit)
        guard let request = record.request else {
            throw Refusal(.wrongState("The content of the message was dropped, as `retention.content` asks for."))
        }
        let isDone = try await translating(Refusal.init) { () async throws(StoreError) in
            try await services.stores.messages.retry(record.id, by: visit.visitor.actor, now: visit.now)
        }
        guard isDone else {
            throw Refusal(.wrongState("The message cannot be retried: it is \(record.state.rawValue)."))
        }
        services.dispatching.stored(request.routingKey, priority: record.priority, due: visit.now)
        note("a message was put back into the queue", visit, ["message_id": "\(record.id)"])
        return Self.seeOther("/console/messages/\(record.id)?done=retried")
    }

    @Sendable func confirmCancel(_ visit: ConsoleCall) async throws(Refusal) -> Reply {
        let record = try await record(visit)
        let subject = await subjects([record])[record.id] ?? ""
        let base = "/console/messages/\(PercentEncoding.encode(record.id))"
        let content: Markup = """
            <div class="head"><p class="back"><a href="\(base)">The message</a></p><h1>Cancel this message</h1></div>
            <section class="card"><div class="in">
            <p><b><bdi>\(subject)</bdi></b> to \(MessageWords.recipients(record)) is \(record.state.rawValue). Once cancelled it \
            is not sent; it can be put back into the queue later.</p>
            <form method="post" action="\(base)/cancel" class="acts">\(Self.token(visit.visitor))\
            <button class="danger" type="submit">Cancel 1 message</button><a class="button" href="\(base)">Keep it</a></form>
            </div></section>
            """
        return reply(ConsolePage("Cancel a message", in: .messages, content), to: visit.visitor)
    }

    @Sendable func cancel(_ visit: ConsoleCall) async throws(Refusal) -> Reply {
        let record = try await record(visit)
        let isDone = try await translating(Refusal.init) { () async throws(StoreError) in
            try await services.stores.messages.cancel(record.id, by: visit.visitor.actor, now: visit.now)
        }
        guard isDone else {
            throw Refusal(.wrongState("The message cannot be cancelled: it is \(record.state.rawValue)."))
        }
        note("a message was cancelled", visit, ["message_id": "\(record.id)"])
        return Self.seeOther("/console/messages/\(record.id)?done=cancelled")
    }

    @Sendable func sendAgain(_ visit: ConsoleCall) async throws(Refusal) -> Reply {
        let record = try await record(visit)
        let request: SendRequest
        do throws(BuildError) {
            request = try await services.stores.view.request(again: record)
        } catch {
            throw MailParts.refusal(error, "It cannot be sent again")
        }
        let results = try await translating(Refusal.init) { () async throws(Problem) in
            try await services.submission.accept([request], from: visit.visitor.principal)
        }
        switch results.first {
        case .accepted(let message):
            note("a message was sent again", visit, ["message_id": "\(message.id)", "earlier": "\(record.id)"])
            return Self.seeOther("/console/messages/\(message.id)?done=again")
        case .refused(let problem): throw Refusal(problem)
        case .withheld, nil: throw Refusal(internal: "a request to send again has no result")
        }
    }
}

extension Problem {
    static let noMessage = Problem(
        "not-found",
        title: "There is no such message",
        status: 404,
        detail:
            "Its id may be wrong, it may be older than `retention.messages` keeps it, or it belongs to a brand that you may not see."
    )
}
