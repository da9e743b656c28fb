// SPDX-License-Identifier: Apache-2.0
import Logging
import Synchronization

extension Dispatcher {
    /// How often the house is kept; nothing is polled faster.
    private static let interval = Duration.seconds(1)
    /// A gateway not heard of for this long has died.
    private static let leaseTimeout = Duration.seconds(20)

    /// Looks after what no event announces: mail stored by other processes, expiry, signs of life, decisions of operators.
    func keepHouse() async {
        var round = 0
        while !Task.isCancelled {
            if round % 5 == 0 { await beat() }
            await expire()
            await readControls()
            await readHeads()
            round += 1
            // A cancelled sleep ends the loop.
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Asks the store what is waiting and tells the machine.
    func readHeads() async {
        do throws(OutboxError) {
            let parked = try await stores.keeping.parkedStreams()
            let heads = try await stores.keeping.heads()
            feed { machine, _ in machine.refreshed(heads: heads, parked: parked) }
        } catch {
            logger.error("the queue cannot be read", metadata: ["error": "\(error)"])
        }
    }

    private func beat() async {
        do throws(OutboxError) {
            try await stores.keeping.heartbeat(holder, timeout: Self.leaseTimeout, now: clock())
        } catch {
            logger.error("the heartbeat cannot be written", metadata: ["error": "\(error)"])
        }
    }

    private func expire() async {
        do throws(OutboxError) {
            while try await stores.keeping.expire(limit: 500, now: clock()) == 500 {}
        } catch {
            logger.error("expired mail cannot be marked", metadata: ["error": "\(error)"])
        }
    }

    private func readControls() async {
        do throws(OutboxError) {
            let paused = try await stores.controls.pausedProviders()
            let additions = suppressions.withLock(\.additions)
            let isEmpty = try await stores.suppressions.list(after: nil, limit: 1).isEmpty
            suppressions.withLock { if $0.additions == additions { $0.isEmpty = isEmpty } }
            feed { machine, now in
                for name in machine.providers.keys {
                    machine.setPaused(paused.contains(name), provider: name, now: now)
                }
            }
        } catch {
            logger.error("the operators' decisions cannot be read", metadata: ["error": "\(error)"])
        }
    }
}
