// SPDX-License-Identifier: Apache-2.0
internal import NIOCore
internal import Synchronization

/// The open connections of one server: a ``ConnectionLedger`` with the channels that it speaks of.
final class Connections: Sendable {
    private struct State {
        var ledger: ConnectionLedger
        var channels: [Int: any Channel] = [:]
    }

    private let state: Mutex<State>
    private let addresses: ClientAddresses

    init(_ limits: ConnectionLedger.Limits, _ addresses: ClientAddresses) {
        state = Mutex(State(ledger: ConnectionLedger(limits)))
        self.addresses = addresses
    }

    /// Takes a new connection in, and closes another one for it where that is needed; nil when there is no place.
    func admit(_ channel: any Channel) -> ConnectionLedger.Place? {
        let peer = channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
        let client = peer.flatMap { $0.isLoopback || addresses.isTrusted($0) ? nil : $0.client }
        let (place, evicted) = state.withLock { state in
            let (place, evicted) = state.ledger.admit(client, now: .now)
            if let place { state.channels[place.number] = channel }
            return (place, evicted.flatMap { state.channels.removeValue(forKey: $0) })
        }
        evicted?.close(promise: nil)
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
