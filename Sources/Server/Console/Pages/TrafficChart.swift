// SPDX-License-Identifier: Apache-2.0
internal import Basics

/// What became of mail over time, as figures, bars and a table.
struct TrafficChart: Sendable {
    private static let width = 960.0
    private static let height = 160.0

    let query: TrafficQuery
    let buckets: [TrafficBucket]

    /// One bar of the chart: messages by outcome.
    struct Bar: Sendable {
        let at: Timestamp
        let parts: [(name: String, count: Int)]

        init(_ bucket: TrafficBucket) {
            at = bucket.at
            let isOpen = max(0, bucket.sent - bucket.delivered - bucket.bounced)
            parts = [
                ("delivered", bucket.delivered), ("sent", isOpen), ("bounced", bucket.bounced),
                ("failed", bucket.failed),
            ]
        }

        var total: Int { parts.map(\.count).reduce(0, +) }
    }

    var markup: Markup {
        let bars = buckets.map(Bar.init)
        return """
            <section class="card" aria-labelledby="traffic">
            <header><h2 id="traffic">Traffic, last \(Self.name(query.span))</h2></header>
            <div class="in">
            \(figures)
            \(chart(bars))
            \(table(bars))
            </div>
            </section>
            """
    }

    private static func name(_ span: TrafficQuery.Span) -> String {
        switch span {
        case .hour: "hour"
        case .day: "24 hours"
        case .week: "7 days"
        }
    }

    private var figures: Markup {
        func sum(_ figure: (TrafficBucket) -> Int) -> Int { buckets.map(figure).reduce(0, +) }
        let (sent, failed) = (sum(\.sent), sum(\.failed))
        let (delivered, bounced) = (sum(\.delivered), sum(\.bounced))
        let ended = sent + failed
        func figure(_ title: String, _ count: Int, _ kind: Markup, _ whole: Int?) -> Markup {
            let share: Markup = whole.markup { "<small>\(ConsoleText.share(count, of: $0))</small>" }
            return "<div><dt\(kind)>\(title)</dt><dd>\(ConsoleText.figure(count))\(share)</dd></div>\n"
        }
        return """
            <dl class="figures">
            \(figure("Accepted", sum(\.accepted), "", nil))\
            \(figure("Delivered", delivered, " class=\"k-delivered\"", ended))\
            \(figure("Sent, no word yet", max(0, sent - delivered - bounced), " class=\"k-sent\"", ended))\
            \(figure("Bounced", bounced, " class=\"k-bounced\"", ended))\
            \(figure("Failed", failed, " class=\"k-failed\"", ended))</dl>
            """
    }

    private func chart(_ bars: [Bar]) -> Markup {
        let top = Self.scale(bars.map(\.total).max() ?? 0)
        let step = Self.width / Double(max(1, bars.count))
        let columns = bars.enumerated().map { position, bar in
            column(bar, left: Double(position) * step, step: step, top: top)
        }
        let busiest = bars.map(\.total).max() ?? 0
        let words =
            "Messages by time and outcome; \(ConsoleText.figure(busiest)) in the busiest span. The same figures are in the table below."
        return """
            <figure class="chart">
            <svg viewBox="0 0 960 160" preserveAspectRatio="none" role="img" aria-label="\(words)">
            <line x1="0" x2="960" y1="0" y2="0"/><line x1="0" x2="960" y1="80" y2="80"/><line x1="0" x2="960" y1="160" y2="160"/>
            \(columns)</svg>
            <div class="y" aria-hidden="true"><span>\(ConsoleText.figure(top))</span><span>\(ConsoleText.figure(top / 2))</span><span>0</span></div>
            <div class="x" aria-hidden="true">\(labels(bars))</div>
            </figure>
            """
    }

    private func column(_ bar: Bar, left: Double, step: Double, top: Int) -> Markup {
        var floor = Self.height
        let gap = step > 8 ? 1.0 : 0.3
        let rects = bar.parts.filter { $0.count > 0 }.map { part -> Markup in
            let height = max(1.2, Self.height * Double(part.count) / Double(max(1, top)))
            floor -= height
            return """
                <rect class="k-\(part.name)" x="\(Self.number(left + gap))" y="\(Self.number(max(0, floor)))" \
                width="\(Self.number(step - 2 * gap))" height="\(Self.number(height))"/>
                """
        }
        return """
            <g><title>\(title(bar))</title><rect class="hit" x="\(Self.number(left))" y="0" width="\(Self.number(step))" \
            height="160"/>\(rects)</g>

            """
    }

    private func title(_ bar: Bar) -> String {
        let parts = bar.parts.map { "\(ConsoleText.figure($0.count)) \($0.name)" }.joined(separator: ", ")
        return "\(label(bar.at)) – \(parts)"
    }

    private func label(_ moment: Timestamp) -> String {
        let clock = String(moment.description.dropFirst(11).prefix(5))
        return query.span == .week ? "\(moment.internetDate.prefix(3)) \(clock)" : clock
    }

    private func labels(_ bars: [Bar]) -> [Markup] {
        let every = max(1, bars.count / 7)
        return bars.enumerated().filter { $0.offset.isMultiple(of: every) }.map {
            "<span>\(label($0.element.at))</span>"
        }
    }

    private func table(_ bars: [Bar]) -> Markup {
        let rows = bars.filter { $0.total > 0 }.reversed().map { bar -> Markup in
            "<tr><th scope=\"row\">\(label(bar.at))</th>\(bar.parts.map { "<td class=\"n\">\(ConsoleText.figure($0.count))</td>" as Markup })</tr>\n"
        }
        guard !rows.isEmpty else { return "" }
        return """
            <details><summary class="small">The figures as a table</summary>
            <table><thead><tr><th scope="col">From</th><th scope="col" class="n">Delivered</th><th scope="col" class="n">Sent</th>\
            <th scope="col" class="n">Bounced</th><th scope="col" class="n">Failed</th></tr></thead><tbody>\(rows)</tbody></table></details>
            """
    }

    /// The top of the scale: the next of 2, 4, 10, 20, 40, 100 and so on.
    static func scale(_ highest: Int) -> Int {
        var step = 1
        while true {
            for factor in [2, 4, 10] where highest <= factor * step { return factor * step }
            step *= 10
        }
    }

    /// With one decimal.
    private static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
