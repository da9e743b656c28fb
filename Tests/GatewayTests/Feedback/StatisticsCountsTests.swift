// SPDX-License-Identifier: Apache-2.0
import Basics
import Feedback
import Testing

@Suite struct StatisticsCountsTests {
    @Test func countsComeBackFromTheirStoredForm() {
        var counts = StatisticsCounts()
        for _ in 0..<3 { counts.add(.accepted) }
        for latency in [0, 1, 40, 40, 86_400_000] { counts.add(.sent, latency: .milliseconds(latency)) }
        let restored = StatisticsCounts(text: counts.text, latencies: counts.latencies.text)
        #expect(restored == counts)
        #expect(restored[.accepted] == 3)
        #expect(restored[.bounced] == 0)
        var sum = restored
        sum.add(counts)
        #expect(sum[.sent] == 10)
        #expect(StatisticsCounts(text: "new_figure=3,sent=x,sent=2", latencies: "a:1,3")[.sent] == 2)
    }

    /// A percentile is within a fifth of the true value.
    @Test func percentilesAreCloseToTheTruth() throws {
        var histogram = LatencyHistogram()
        for milliseconds in 1...1000 { histogram.add(.milliseconds(milliseconds)) }
        let (middle, high) = (try #require(histogram.percentile(0.5)), try #require(histogram.percentile(0.99)))
        #expect((400...600).contains(middle))
        #expect((800...1200).contains(high))
        #expect(LatencyHistogram().percentile(0.5) == nil)
    }

    @Test(arguments: StatisticsSpan.allCases)
    func bucketsBeginAtTheirLength(_ span: StatisticsSpan) throws {
        let moment = try #require(Timestamp("2026-11-20T17:33:27.5Z"))
        let starts = ["minute": "2026-11-20T17:33:00.000Z", "hour": "2026-11-20T17:00:00.000Z"]
        #expect(span.start(of: moment).description == starts[span.rawValue] ?? "2026-11-20T00:00:00.000Z")
    }
}
