// SPDX-License-Identifier: Apache-2.0
import Basics
internal import NIOCore
internal import Synchronization

/// The open connections of one server: a ``ConnectionLedger`` with its channels.
final class Connections: Sendable {
    private struct State {
        var ledger: ConnectionLedger
        var channels: [Int: any Channel] = [:]
    }

    private let state: Mutex<State>
    private let front: RequestPipeline

    init(_ limits: ConnectionLedger.Limits, _ front: RequestPipeline) {
        state = Mutex(State(ledger: ConnectionLedger(limits)))
        self.front = front
    }

    /// Admits a new connection, and closes another one for it if necessary; nil when there is no place.
    ///
    /// Closed connections are counted; the lack of room is logged at most once a minute.
    func admit(_ channel: any Channel) -> ConnectionLedger.Place? {
        let peer = channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
        let client = peer.flatMap { $0.isLoopback || front.addresses.isTrusted($0) ? nil : $0.client }
        let (place, evicted, isNews) = state.withLock { state in
            let (place, evicted) = state.ledger.admit(client, now: .now)
            if let place { state.channels[place.number] = channel }
            let isUsual = if case .usual? = place { evicted == nil } else { false }
            let isNews = !isUsual && state.ledger.isLackNews(now: .now)
            return (place, evicted.flatMap { state.channels.removeValue(forKey: $0) }, isNews)
        }
        if place == nil { front.connectionClosed("no_place") }
        if let evicted {
            front.connectionClosed("evicted")
            evicted.close(promise: nil)
        }
        if isNews { front.warnOfLack(of: peer) }
        return place
    }

    func note(_ place: ConnectionLedger.Place, _ activity: ConnectionLedger.Activity) {
        state.withLock { $0.ledger.note(place.number, activity, now: .now) }
    }

    func leave(_ place: ConnectionLedger.Place) {
        state.withLock { state in
            state.ledger.leave(place.number)
            state.channels[place.number] = nil
        }
    }
}
