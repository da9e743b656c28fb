// SPDX-License-Identifier: Apache-2.0
import Basics
import Testing

@testable import Server

@Suite struct ConnectionLedgerTests {
    private let start = ContinuousClock.now
    private var ledger = ConnectionLedger(Self.limits)

    private static var limits: ConnectionLedger.Limits {
        var limits = ConnectionLedger.Limits()
        (limits.places, limits.perClient, limits.spare, limits.sparePerClient) = (4, 2, 4, 1)
        return limits
    }

    private static func client(_ number: Int) -> IPAddress? { IPAddress("192.0.2.\(number)") }

    /// Takes every regular slot, each with the result of `activity`.
    private mutating func fill(_ activity: ConnectionLedger.Activity) -> [Int] {
        (0..<4).map { number in
            let place = ledger.admit(nil, now: start + .seconds(number)).place?.number ?? -1
            ledger.note(place, activity, now: start + .seconds(number))
            return place
        }
    }

    @Test mutating func oldestIdleConnectionGoesFirst() {
        let places = fill(.receiving)
        ledger.note(places[2], .idle, now: start + .seconds(8))
        ledger.note(places[1], .idle, now: start + .seconds(9))
        let (place, evicted) = ledger.admit(Self.client(1), now: start + .seconds(10))
        #expect(evicted == places[2] && place != nil)
    }

    @Test mutating func slowRequestGoesWhenNoneIsIdle() {
        let places = fill(.receiving)
        #expect(ledger.admit(nil, now: start + .seconds(4)).evicted == nil)
        #expect(ledger.admit(nil, now: start + .seconds(5)).evicted == places[0])
    }

    @Test(arguments: [ConnectionLedger.Activity.answering, .proven])
    mutating func workAndGoodUploadsAreKept(_ activity: ConnectionLedger.Activity) throws {
        _ = fill(activity)
        let (place, evicted) = ledger.admit(Self.client(1), now: start + .seconds(600))
        #expect(evicted == nil)
        guard case .spare? = place else {
            Issue.record("\(String(describing: place)) is no spare place")
            return
        }
        #expect(
            ledger.admit(Self.client(1), now: start + .seconds(600)).place == nil,
            "one spare place for each address"
        )
        #expect(ledger.admit(Self.client(2), now: start + .seconds(600)).place != nil)
        #expect(
            ledger.admit(Self.client(3), now: start + .seconds(600)).place == nil,
            "half of the places are for loopback"
        )
        #expect(ledger.admit(nil, now: start + .seconds(600)).place != nil)
        if let place { ledger.leave(place.number) }
        #expect(ledger.admit(Self.client(1), now: start + .seconds(600)).place != nil)
    }

    @Test mutating func oneAddressHasItsShareAlone() {
        let first = ledger.admit(Self.client(1), now: start).place?.number ?? -1
        let second = ledger.admit(Self.client(1), now: start + .seconds(1)).place?.number ?? -1
        for place in [first, second] { ledger.note(place, .receiving, now: start) }
        #expect(ledger.admit(Self.client(1), now: start + .seconds(60)).place == nil)
        #expect(ledger.admit(Self.client(2), now: start + .seconds(60)).place != nil)
        ledger.note(second, .idle, now: start + .seconds(61))
        #expect(ledger.admit(Self.client(1), now: start + .seconds(62)).evicted == second)
        ledger.leave(first)
        #expect(ledger.admit(Self.client(1), now: start + .seconds(63)).evicted == nil)
    }

    @Test mutating func lackOfRoomIsNewsOnceAMinute() {
        let seconds = [0, 1, 59, 60, 119, 120]
        let news = seconds.filter { ledger.isLackNews(now: start + .seconds($0)) }
        #expect(news == [0, 60, 120])
    }

    @Test func networkOfOneCustomerCountsAsOneAddress() {
        #expect(IPAddress("2001:db8::1")?.client == IPAddress("2001:db8::ffff:1")?.client)
        #expect(IPAddress("2001:db8::1")?.client != IPAddress("2001:db8:0:1::1")?.client)
    }
}
