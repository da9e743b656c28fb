// SPDX-License-Identifier: Apache-2.0
import Logging
import Synchronization

/// What the dispatcher tells other gateways, and hears of them.
extension Dispatcher {
    func readShare() async {
        guard let fleet = stores.fleet else { return }
        do throws(OutboxError) {
            let share = try await fleet.share(of: holder, timeout: Self.leaseTimeout, now: clock())
            feed { machine, _ in machine.setShare(share) }
        } catch {
            note(error, doing: "counting the other gateways")
        }
    }

    func readVerdicts() async {
        guard let fleet = stores.fleet else { return }
        do throws(OutboxError) {
            let verdicts = try await fleet.verdicts()
            feed { machine, now in machine.heard(verdicts, now: now) }
        } catch {
            note(error, doing: "reading what other gateways found")
        }
    }

    func tell(_ finding: ProviderFinding, of provider: String) async {
        guard let fleet = stores.fleet else { return }
        do throws(OutboxError) {
            try await fleet.tell(finding, of: provider, by: holder)
        } catch {
            // Each gateway finds out for itself as well.
            logger.warning("other gateways cannot be told", metadata: ["provider": "\(provider)", "error": "\(error)"])
        }
    }

    func reserve(_ count: Int, of usage: UsageDay, limit: Int) async {
        guard let fleet = stores.fleet else { return }
        var grant: UsageGrant?
        do throws(OutboxError) {
            grant = try await fleet.reserve(count, of: usage, limit: limit)
        } catch {
            await waitForStore(error, doing: "reserving attempts of a day")
        }
        feed { [grant] machine, now in machine.reserved(grant, asked: count, of: usage, now: now) }
    }

    /// Gives up leases of which this gateway does not know.
    ///
    /// A commit whose answer was lost on the way has leased messages to a gateway that was told of a failure. Those whose
    /// acceptance or claim failed are looked for at once; for others a lease must have lain longer than any statement takes.
    func freeStrays(isRoutine: Bool) async {
        guard let fleet = stores.fleet else { return }
        let now = clock()
        let doubted = doubtful.withLock { $0 }
        let spans = [doubted.claims, isRoutine ? .distantPast...(now - Self.strayAge) : nil].compactMap(\.self)
        do throws(OutboxError) {
            var ids = doubted.ids
            for span in spans { ids += try await fleet.leased(to: holder, touched: span) }
            let strays = machine.withLock { machine in ids.filter { machine.items[$0] == nil } }
            if !strays.isEmpty { try await fleet.free(strays, of: holder, now: now) }
            doubtful.withLock { $0.remove(doubted) }
        } catch {
            note(error, doing: "looking for lost leases")
        }
    }

    /// Wakes those who wait for the outcome of mail that another gateway sends.
    func lookForOutcomes() async {
        guard let fleet = stores.fleet else { return }
        let watched = watches.withLock { Array($0.keys) }
        let elsewhere = machine.withLock { machine in watched.filter { machine.items[$0] == nil } }
        guard !elsewhere.isEmpty else { return }
        do throws(OutboxError) {
            for id in try await fleet.settled(elsewhere) { signal(id) }
        } catch {
            note(error, doing: "reading outcomes of other gateways")
        }
    }

    /// At the end: what was reserved and is not used is for others, and so is this gateway's part of the limits.
    func leave() async {
        await withdrawReports()
        guard let fleet = stores.fleet else { return }
        await giveBackAttempts(fleet)
        do throws(OutboxError) {
            try await fleet.leave(holder, now: clock())
        } catch {
            logger.warning("other gateways take this one for alive for a while", metadata: ["error": "\(error)"])
        }
    }

    private func giveBackAttempts(_ fleet: any FleetStore) async {
        for (usage, count) in feed({ machine, now in machine.surrender(now: now) }) {
            do throws(OutboxError) {
                try await fleet.giveBack(count, of: usage)
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
