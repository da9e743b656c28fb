// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Queue
internal import Submission

/// The list of messages.
extension ConsoleAPI {
    private static let pageSize = 50

    var messageEndpoints: [Endpoint] {
        [
            page("/console/messages", answer: messages),
            page("/console/messages/{id}", answer: message),
            page("/console/messages/{id}/body", answer: body),
            page("/console/messages/{id}/attachments/{number}", answer: attachment),
            page("/console/messages/{id}/download", answer: download),
            page("/console/messages/{id}/cancel", for: .manage, answer: confirmCancel),
            action("/console/messages/{id}/cancel", answer: cancel),
            action("/console/messages/{id}/retry", answer: retry),
            action("/console/messages/{id}/again", for: .send, answer: sendAgain),
        ]
    }

    private func messages(_ visit: ConsoleCall) async throws(Refusal) -> Reply {
        let form = MessageSearchForm(visit, limit: Self.pageSize)
        if let id = form.id { return Self.seeOther("/console/messages/\(PercentEncoding.encode(id))") }
        var found = MessagePage([], next: nil)
        if form.faults.isEmpty { found = try await self.found(form.filter, visit) }
        let subjects = await subjects(found.records)
        let content: Markup = """
            <div class="head">
            <h1>Messages</h1>
            \(Self.live)
            </div>
            \(searchForm(form, visit))
            <section class="card" aria-label="Messages found">
            \(tabs(form))
            <div data-live="messages">\(list(found, subjects, form, visit))</div>
            </section>
            """
        return reply(ConsolePage("Messages", in: .messages, content), to: visit.visitor)
    }

    private func searchForm(_ form: MessageSearchForm, _ visit: ConsoleCall) -> Markup {
        let fault = form.faults["q"]
        let brands = services.readings.brandNames().filter { visit.visitor.principal.sees(brand: $0) }
        let providers = services.dispatching.statuses().map(\.name)
        let spans = MessageSearchForm.spans.map { (value: $0.name, title: $0.title) }
        let state: Markup = form.values["state"].markup { "<input type=\"hidden\" name=\"state\" value=\"\($0)\">" }
        return """
            <form class="card" action="/console/messages" role="search" aria-label="Messages">
            <div class="in form">
            \(state)<p class="field wide"><label for="q">Address, id, words of the subject, or tag:NAME</label>\
            <input id="q" type="search" name="q" value="\(form.values["q"] ?? "")"\
            \(fault.markup { _ in " aria-invalid=\"true\" aria-describedby=\"q-says\"" })>\
            \(fault.markup { "<span class=\"says\" id=\"q-says\">\($0)</span>" })</p>
            \(Self.select("brand", "Brand", brands.map { ($0, $0) }, form.values["brand"]))
            <p class="field half"><label for="category">Category</label><input id="category" name="category" \
            value="\(form.values["category"] ?? "")"></p>
            \(Self.select("provider", "Provider", providers.map { ($0, $0) }, form.values["provider"]))
            \(Self.select("since", "Time", spans, form.values["since"]))
            \(form.values["until"].markup { "<input type=\"hidden\" name=\"until\" value=\"\($0)\">" })
            <button type="submit">Search</button>
            </div>
            </form>
            """
    }

    /// A choice in which nothing is the first option.
    static func select(
        _ name: String,
        _ title: String,
        _ options: [(value: String, title: String)],
        _ current: String?
    ) -> Markup {
        var options = options
        // A value that only the address has stays in the form.
        if let current, !options.contains(where: { $0.value == current }) { options.append((current, current)) }
        let items = options.map { option -> Markup in
            "<option value=\"\(option.value)\"\((option.value == current).markup(" selected"))>\(option.title)</option>"
        }
        return """
            <p class="field half"><label for="\(name)">\(title)</label><select id="\(name)" name="\(name)">\
            <option value="">any</option>\(items)</select></p>
            """
    }

    private func tabs(_ form: MessageSearchForm) -> Markup {
        let current = form.values["state"] ?? ""
        let links = MessageSearchForm.tabs.map { tab -> Markup in
            let mark: Markup = tab.name == current ? " aria-current=\"true\"" : ""
            return "<a href=\"\(form.address(setting: "state", to: tab.name))\"\(mark)>\(tab.title)</a>"
        }
        return "<nav class=\"tabs\" aria-label=\"State\">\(links)</nav>"
    }

    private func list(
        _ found: MessagePage,
        _ subjects: [String: String],
        _ form: MessageSearchForm,
        _ visit: ConsoleCall
    ) -> Markup {
        guard !found.records.isEmpty else { return empty(found, form) }
        return """
            <table class="list">
            <caption class="away">Messages, newest first</caption>
            <thead><tr><th scope="col" class="w-state">State</th><th scope="col" class="w-to">To</th><th scope="col">Subject</th>\
            <th scope="col" class="w-more more">Category</th><th scope="col" class="w-by">Provider</th>\
            <th scope="col" class="w-n n tries">Tries</th><th scope="col" class="w-time n">Time</th></tr></thead>
            <tbody>
            \(found.records.map { row($0, subjects[$0.id] ?? "", visit) })</tbody></table>
            \(foot(found, form))
            """
    }

    private func row(_ record: MessageRecord, _ subject: String, _ visit: ConsoleCall) -> Markup {
        """
        <tr><td class="st">\(MessageWords.state(record.state))</td><td class="to">\
        <a href="/console/messages/\(path: record.id)">\(MessageWords.recipients(record))</a></td>\
        <td class="subject"><bdi>\(subject)</bdi></td><td class="more quiet">\(record.category ?? "–")</td>\
        <td class="by">\(record.provider ?? "–")</td><td class="n tries quiet">\(record.attempts)</td>\
        <td class="n time">\(ConsoleText.time(record.createdAt, now: visit.now))</td></tr>

        """
    }

    private func empty(_ found: MessagePage, _ form: MessageSearchForm) -> Markup {
        if let next = found.next {
            return """
                <div class="empty"><h2>Nothing yet</h2><p>The newest messages were searched, and none fits. The search \
                can go on with older ones.</p>
                <p><a class="button" href="\(form.address(setting: "after", to: next))">Search further back</a></p></div>
                """
        }
        guard form.values.isEmpty else {
            return """
                <div class="empty"><h2>No message fits</h2><p>Check the address, or take away a filter.</p>
                <p><a class="button" href="/console/messages">All messages</a></p></div>
                """
        }
        return """
            <div class="empty"><h2>No mail yet</h2><p>Messages that applications send are listed here, the newest first. \
            <code>posthaste send</code> sends one to try it out.</p></div>
            """
    }

    private func foot(_ found: MessagePage, _ form: MessageSearchForm) -> Markup {
        let count = ConsoleText.count(found.records.count, "message")
        let older: Markup = found.next.markup {
            "<a class=\"button little\" rel=\"next\" href=\"\(form.address(setting: "after", to: $0))\">Older</a>"
        }
        let newest: Markup =
            form.filter.after == nil ? "" : " <a class=\"link\" href=\"\(form.address())\">Back to the newest</a>"
        return "<footer class=\"pages\"><span>\(count), newest first.\(newest)</span>\(older)</footer>"
    }
}
