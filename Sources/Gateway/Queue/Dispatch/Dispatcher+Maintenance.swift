// SPDX-License-Identifier: Apache-2.0
import Basics
import Logging
import SQL
import Synchronization

extension Dispatcher {
    /// The maintenance interval when nothing calls for it earlier.
    private static let interval = Duration.seconds(1)
    /// Calls within this time are served by one round.
    private static let pause = Duration.milliseconds(50)
    /// A lease unknown to this gateway and untouched for this long came with an answer that was lost.
    static let orphanAge = Duration.seconds(45)
    /// The interval at which a gateway sends its heartbeat, and checks those of the others.
    package static let lifeInterval = Duration.seconds(5)
    /// A gateway not heard of for this long has died.
    package static let leaseTimeout = Duration.seconds(20)

    /// Handles what no event announces: mail stored by other processes, expiry, heartbeats, decisions of operators.
    func runMaintenance() async {
        await withDiscardingTaskGroup { group in
            group.addTask { [calls] in
                while !Task.isCancelled {
                    calls.yield()
                    // A cancelled sleep ends the loop.
                    try? await Task.sleep(for: Self.interval)
                }
                calls.finish()
            }
            var gates = MaintenanceTimers()
            for await _ in called {
                await runMaintenance(&gates)
                // A cancelled sleep ends early, and so does the loop.
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    /// Signals that another process has announced a change; the affected state is read at once.
    public func storeChanged() { calls.yield() }

    /// When each maintenance task runs where changes are announced; elsewhere every task runs in every round.
    private struct MaintenanceTimers {
        var life = PollTimer(every: lifeInterval)
        var expiry = PollTimer(every: .seconds(5))
        var orphans = PollTimer(every: .seconds(20))
        var controls = PollTimer(every: .seconds(30))
        var queue = PollTimer(every: .seconds(15))
        var providers = PollTimer(every: .seconds(30))
    }

    private func runMaintenance(_ gates: inout MaintenanceTimers) async {
        let now = clock()
        if gates.life.isDue(0, now: now) || outage.withLock({ $0.since != nil }) {
            await beat()
            await readShare()
        }
        if gates.providers.isDue(stores.changes(.providers), now: now) { await readVerdicts() }
        let isRoutine = gates.orphans.isDue(0, now: now)
        if isRoutine || unconfirmed.withLock({ $0 != Unconfirmed() }) { await releaseOrphans(isRoutine: isRoutine) }
        await lookForOutcomes()
        if gates.expiry.isDue(stores.changes(.queue).map { _ in 0 }, now: now) { await expire() }
        if gates.controls.isDue(stores.changes(.controls), now: now) { await readControls() }
        if gates.queue.isDue(stores.changes(.queue), now: now) { await readHeads() }
        await report(now: now)
    }

    /// Reads which queues wait in the store and passes them to the machine.
    func readHeads() async {
        do throws(StoreError) {
            let parked = try await stores.keeping.parkedStreams()
            let heads = try await stores.keeping.heads()
            feed { machine, _ in machine.refreshed(heads: heads, parked: parked) }
        } catch {
            note(error, doing: "reading the queue")
        }
    }

    private func beat() async {
        do throws(StoreError) {
            let takenOver = try await stores.keeping.heartbeat(holder, timeout: Self.leaseTimeout, now: clock())
            noteAnswer()
            Self.log(takenOver: takenOver, logger)
        } catch {
            note(error, doing: "writing the heartbeat")
        }
    }

    /// Logs the messages that a dead gateway was sending: each of them may arrive twice.
    static func log(takenOver ids: [String], _ logger: Logger) {
        for id in ids {
            logger.warning(
                "a gateway died while it sent this message; it is sent again",
                metadata: ["message_id": "\(id)"]
            )
        }
    }

    private func expire() async {
        do throws(StoreError) {
            while try await stores.keeping.expire(limit: 500, now: clock()) == 500 {}
        } catch {
            note(error, doing: "marking expired mail")
        }
    }

    private func readControls() async {
        await readSuppressions()
        do throws(StoreError) {
            let paused = try await stores.controls.pausedProviders()
            let requests = try await stores.controls.probeRequests()
            let asked = probeRequests.withLock { known in
                let asked = requests.filter { $0.value > known[$0.key] ?? 0 }.map(\.key)
                known = requests
                return asked
            }
            feed { machine, now in
                for name in machine.pool.names {
                    machine.setPaused(paused.contains(name), provider: name, now: now)
                }
                for name in asked { machine.prove(name, now: now) }
            }
        } catch {
            note(error, doing: "reading what operators decided")
        }
    }

    private func readSuppressions() async {
        do throws(StoreError) {
            let additions = suppressions.withLock(\.additions)
            let isEmpty = try await stores.suppressions.list(after: nil, limit: 1, now: clock()).isEmpty
            suppressions.withLock { if $0.additions == additions { $0.isEmpty = isEmpty } }
        } catch {
            // What cannot be read may be a suppression: every message looks for its own.
            suppressions.withLock { $0.isEmpty = false }
            note(error, doing: "reading whether an address is suppressed")
        }
    }
}

/// Exchanges provider health with other gateways.
extension Dispatcher {
    func readShare() async {
        guard let cluster = stores.cluster else { return }
        do throws(StoreError) {
            let share = try await cluster.share(of: holder, timeout: Self.leaseTimeout, now: clock())
            feed { machine, _ in machine.setShare(share) }
        } catch {
            note(error, doing: "counting the other gateways")
        }
    }

    func readVerdicts() async {
        guard let cluster = stores.cluster else { return }
        do throws(StoreError) {
            let verdicts = try await cluster.verdicts()
            feed { machine, now in machine.merge(verdicts, now: now) }
        } catch {
            note(error, doing: "reading what other gateways found")
        }
    }

    func tell(_ finding: ProviderFinding, of provider: String) async {
        guard let cluster = stores.cluster else { return }
        do throws(StoreError) {
            try await cluster.tell(finding, of: provider, by: holder)
        } catch {
            // Each gateway also finds out for itself.
            logger.warning("other gateways cannot be told", metadata: ["provider": "\(provider)", "error": "\(error)"])
        }
    }

    func reserve(_ count: Int, of usage: UsageDay, limit: Int) async {
        guard let cluster = stores.cluster else { return }
        var grant: UsageGrant?
        do throws(StoreError) {
            grant = try await cluster.reserve(count, of: usage, limit: limit)
        } catch {
            await waitForStore(error, doing: "reserving attempts of a day")
        }
        feed { [grant] machine, now in machine.reserved(grant, asked: count, of: usage, now: now) }
    }

    /// Releases leases unknown to this gateway.
    ///
    /// A commit whose answer was lost has leased messages although the gateway got an error. Messages whose
    /// acceptance or claim failed are checked at once; any other lease must be older than the longest statement
    /// takes.
    func releaseOrphans(isRoutine: Bool) async {
        guard let cluster = stores.cluster else { return }
        let now = clock()
        let pending = unconfirmed.withLock { $0 }
        let spans = [pending.claims, isRoutine ? .distantPast...(now - Self.orphanAge) : nil].compactMap(\.self)
        do throws(StoreError) {
            var ids = pending.ids
            for span in spans { ids += try await cluster.leased(to: holder, touched: span) }
            let orphans = machine.withLock { machine in ids.filter { machine.message($0) == nil } }
            if !orphans.isEmpty { try await cluster.free(orphans, of: holder, now: now) }
            unconfirmed.withLock { $0.remove(pending) }
        } catch {
            note(error, doing: "looking for lost leases")
        }
    }

    /// Notifies callers that wait for the outcome of mail that another gateway sends.
    func lookForOutcomes() async {
        guard let cluster = stores.cluster else { return }
        let watched = watches.withLock { Array($0.keys) }
        let elsewhere = machine.withLock { machine in watched.filter { machine.message($0) == nil } }
        guard !elsewhere.isEmpty else { return }
        do throws(StoreError) {
            for id in try await cluster.settled(elsewhere) { signal(id) }
        } catch {
            note(error, doing: "reading outcomes of other gateways")
        }
    }

    /// At the end: returns unused reservations, and this gateway's share of the limits.
    func leave() async {
        await withdrawReports()
        guard let cluster = stores.cluster else { return }
        await giveBackAttempts(cluster)
        do throws(StoreError) {
            try await cluster.leave(holder, now: clock())
        } catch {
            logger.warning("other gateways take this one for alive for a while", metadata: ["error": "\(error)"])
        }
    }

    private func giveBackAttempts(_ cluster: any ClusterStore) async {
        for (usage, count) in feed({ machine, now in machine.releaseReservation(now: now) }) {
            do throws(StoreError) {
                try await cluster.releaseReservation(count, of: usage)
            } catch {
                logger.warning(
                    "attempts of the daily limit that were not used stay reserved",
                    metadata: [
                        "provider": "\(usage.provider)", "count": .stringConvertible(count), "error": "\(error)",
                    ]
                )
            }
        }
    }
}
