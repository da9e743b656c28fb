// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Monitoring
internal import OAuth
internal import Queue
internal import Submission

/// The first page: what is wrong and what mends it, then figures.
extension ConsoleAPI {
    private static let failureCount = 8

    @Sendable func overview(_ visit: ConsoleCall) async throws(Refusal) -> Reply {
        // A developer without a key wants the captured mail; the rest needs a sign-in.
        guard !visit.visitor.isGuest else {
            return Self.seeOther(hasCapture ? ConsoleSection.captured.path : "/console/login")
        }
        let span = visit.text("span").flatMap(TrafficQuery.Span.init) ?? .day
        let query = TrafficQuery(span: span, now: visit.now, brands: visit.visitor.principal.brands)
        let traffic = await traffic(query, visit)
        let failures = try? await failures(visit)
        let depths = await services.readings.depths()
        let content: Markup = """
            <div class="head">
            <h1>Overview</h1>
            \((traffic != nil).markup(Self.spans(span)))
            \(Self.live)
            </div>
            <div class="stack" data-live="overview">
            \(await troubles(visit))
            \(traffic.markup { TrafficChart(query: query, buckets: $0).markup })
            <div class="cols">
            \(queue(depths, visit))
            \(providerTable(visit))
            </div>
            \(failureCard(failures, visit))
            </div>
            """
        return reply(ConsolePage("Overview", in: .overview, content), to: visit.visitor)
    }

    static let live: Markup = "<p class=\"live\" role=\"status\" data-stream hidden>live</p>"

    var hasCapture: Bool { services.dispatching.statuses().contains(where: \.isCapture) }

    private static func spans(_ current: TrafficQuery.Span) -> Markup {
        let links = TrafficQuery.Span.allCases.map { span -> Markup in
            let mark: Markup = span == current ? " aria-current=\"true\"" : ""
            return "<a href=\"/console?span=\(span.rawValue)\"\(mark)>\(span.rawValue.asTitle)</a>"
        }
        return "<nav class=\"segments\" aria-label=\"Span\">\(links)</nav>"
    }

    // What is wrong

    private func troubles(_ visit: ConsoleCall) async -> Markup {
        let alerts = services.readings.openAlerts()
        let warnings = await services.readings.warnings()
        let cards = alerts.enumerated().map { trouble($1, number: $0, visit) }
        guard cards.isEmpty else { return "\(cards)\(notes(warnings))" }
        let calm: Markup = """
            <section class="alert good" aria-labelledby="calm"><h2 id="calm">All is well</h2>
            <p class="quiet">No alert is open.</p></section>
            """
        return "\(calm)\(notes(warnings))"
    }

    private func trouble(_ alert: ActiveAlert, number: Int, _ visit: ConsoleCall) -> Markup {
        let kind: Markup = alert.severity == .critical ? "fault" : "warn"
        let status = services.dispatching.statuses().first { $0.name == alert.key.subject }
        let check: Markup = """
            <form method="post" action="/console/providers/\(path: alert.key.subject)/probe">\
            \(Self.token(visit.visitor))<input type="hidden" name="back" value="overview">\
            <button type="submit">Check again</button></form>
            """
        let waiting = status?.waiting ?? 0
        return """
            <section class="alert \(kind)" aria-labelledby="o\(number)">
            <h2 id="o\(number)">\(alert.title), for \(ConsoleText.span(visit.now - alert.since))</h2>
            \(alert.reason.markup { "<p>\($0)</p>" })\
            \((waiting > 0).markup("<p>\(ConsoleText.count(waiting, "message")) wait for it.</p>"))
            <p class="do"><b>What to do:</b> \(Self.commands(in: alert.remedy))</p>
            <div class="acts">\((status != nil).markup("<a class=\"button\" href=\"/console/providers#p-\(path: alert.key.subject)\">See the provider</a>"))\
            \((status != nil && visit.visitor.may(.manage)).markup(check))</div>
            </section>
            """
    }

    private func notes(_ warnings: [String]) -> Markup {
        guard !warnings.isEmpty else { return "" }
        return """
            <section class="card" aria-labelledby="notes"><header><h2 id="notes">Worth a look</h2></header>
            <ul class="in notes">\(warnings.map { "<li>\(Self.commands(in: $0))</li>\n" as Markup })</ul></section>
            """
    }

    /// Text in which parts between backquotes are commands or settings.
    static func commands(in text: String) -> Markup {
        Markup.list(
            text.split(separator: "`", omittingEmptySubsequences: false).enumerated().map { position, part in
                position.isMultiple(of: 2) ? "\(part)" : "<code>\(part)</code>"
            }
        )
    }

    // The queue

    private func queue(_ depths: [QueueDepth]?, _ visit: ConsoleCall) -> Markup {
        guard let depths else {
            return """
                <section class="card" aria-labelledby="queue"><header><h2 id="queue">Queue</h2></header>
                <div class="in"><p class="bad">The store does not answer, so what waits is not known.</p></div></section>
                """
        }
        let rows = Priority.allCases.map { priority -> Markup in
            let lane = depths.filter { $0.priority == priority }
            func cell(_ states: Set<MessageState>) -> Markup {
                let count = lane.filter { states.contains($0.state) }.map(\.count).reduce(0, +)
                return count == 0 ? "<td class=\"n quiet\">0</td>" : "<td class=\"n\">\(ConsoleText.figure(count))</td>"
            }
            let oldest = lane.filter { MessageState.overdue.contains($0.state) }.compactMap(\.oldest).min()
            let age: Markup = oldest.map { "\(ConsoleText.span(visit.now - $0))" } ?? "<span class=\"quiet\">–</span>"
            return """
                <tr><th scope="row">\(priority.name)</th>\(cell([.queued, .sending]))\(cell([.parked]))\
                \(cell([.scheduled]))<td class="n">\(age)</td></tr>

                """
        }
        return """
            <section class="card" aria-labelledby="queue">
            <header><h2 id="queue">Queue</h2><a class="small link" href="/console/messages?state=waiting">What waits</a></header>
            <table>
            <thead><tr><th scope="col">Lane</th><th scope="col" class="n">Waiting</th><th scope="col" class="n">Parked</th>\
            <th scope="col" class="n">Later</th><th scope="col" class="n">Oldest</th></tr></thead>
            <tbody>\(rows)</tbody>
            </table>
            </section>
            """
    }

    // The providers

    private func providerTable(_ visit: ConsoleCall) -> Markup {
        let tokens = services.readings.tokens()
        let rows = services.dispatching.statuses().map { status -> Markup in
            let token = tokens.first { $0.provider == status.name }
            let expiry: Markup =
                token.map { ProviderWords.token($0, now: visit.now) } ?? "<span class=\"quiet\">–</span>"
            let used: Markup =
                status.limits.perDay.map {
                    "\(ConsoleText.figure(status.usedToday))<span class=\"less\"> of \(ConsoleText.figure($0))</span>"
                }
                ?? "\(ConsoleText.figure(status.usedToday))"
            return """
                <tr><th scope="row"><a href="/console/providers#p-\(path: status.name)">\(status.name)</a></th>\
                <td>\(ProviderWords.state(status))</td><td class="n">\(used)</td>\
                <td class="n less">\(ConsoleText.figure(status.waiting))</td><td class="less">\(expiry)</td>\
                <td class="n">\(ConsoleText.time(status.lastSent, now: visit.now))</td></tr>

                """
        }
        return """
            <section class="card" aria-labelledby="ways">
            <header><h2 id="ways">Providers</h2><a class="small link" href="/console/providers">All about them</a></header>
            <table>
            <thead><tr><th scope="col">Name</th><th scope="col">State</th><th scope="col" class="n">Today</th>\
            <th scope="col" class="n less">Waiting</th><th scope="col" class="less">Token</th>\
            <th scope="col" class="n">Last sent</th></tr></thead>
            <tbody>\(rows)</tbody>
            </table>
            </section>
            """
    }

    // The latest failures

    private func failures(_ visit: ConsoleCall) async throws(Refusal) -> [MessageRecord] {
        var filter = MessageFilter(limit: Self.failureCount)
        filter.states = [.failed, .uncertain, .bounced, .expired]
        filter.visibleBrands = visit.visitor.principal.brands
        return try await found(filter, visit).records
    }

    private func failureCard(_ failures: [MessageRecord]?, _ visit: ConsoleCall) -> Markup {
        let body: Markup
        if let failures, !failures.isEmpty {
            body = """
                <table class="list">
                <caption class="away">Messages that did not arrive, newest first</caption>
                <thead><tr><th scope="col" class="w-state">State</th><th scope="col" class="w-to">To</th>\
                <th scope="col">Why</th><th scope="col" class="w-by">Provider</th><th scope="col" class="n w-time">Time</th></tr></thead>
                <tbody>\(failures.map { failureRow($0, visit) })</tbody></table>
                """
        } else {
            let words = failures == nil ? "The store does not answer." : "No message failed, bounced or is uncertain."
            body = "<div class=\"in\"><p class=\"quiet\">\(words)</p></div>"
        }
        return """
            <section class="card" aria-labelledby="failed">
            <header><h2 id="failed">Latest failures</h2><a class="small link" href="/console/messages?state=lost">All of them</a></header>
            \(body)
            </section>
            """
    }

    private func failureRow(_ record: MessageRecord, _ visit: ConsoleCall) -> Markup {
        """
        <tr><td class="st">\(MessageWords.state(record.state))</td><td class="to">\
        <a href="/console/messages/\(path: record.id)">\(MessageWords.recipients(record))</a></td>\
        <td class="subject quiet">\(Self.commands(in: record.failure?.detail ?? "–"))</td><td class="by">\(record.provider ?? "–")</td>\
        <td class="n time">\(ConsoleText.time(record.updatedAt, now: visit.now))</td></tr>

        """
    }
}
