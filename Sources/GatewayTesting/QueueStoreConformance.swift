// SPDX-License-Identifier: Apache-2.0
public import Queue

/// The laws for every queue store, on any engine.
///
/// Each law gets its own empty store. A law that throws is broken.
public struct QueueStoreConformance: Sendable {
    public enum Law: String, Sendable, Hashable, CaseIterable {
        /// Messages are read back unchanged, byte for byte.
        case returnsWhatWasStored
        /// Several messages are stored all or none.
        case storesAllOrNone
        /// The same key stores once, even from 50 concurrent tasks; another request under it is a conflict.
        case sameKeyStoresOnce
        /// A message is leased to one holder only, under contention.
        case leaseIsExclusive
        /// A message is not claimed before it is due, to the millisecond.
        case dueIsHonoured
        /// The message that has been due longest comes first.
        case oldestDueComesFirst
        /// A claim returns messages of its routing key and priority only.
        case streamsAndLanesAreApart
        /// A cancelled message is not claimed.
        case cancelledIsNotBegun
        /// A holder that lost the lease writes nothing.
        case settlingIsFenced
        /// A settlement is written completely: state, tries, recipients, ordered events, usage.
        case settlementIsWritten
        /// Secrets are wiped when a message is final.
        case secretsAreWiped
        /// An attempt that continues with another provider keeps state and lease.
        case failoverKeepsTheLease
        /// Leases of a dead gateway are released, those of a living one are not.
        case leasesOfTheDeadComeBack
        /// An interrupted send of a dead gateway counts as a try, with an event for it.
        case interruptedTriesCount
        /// A message accepted by a provider shows no error of an earlier try.
        case sentMailShowsNoError
        /// The events record who cancels or retries a message.
        case eventsNameThePerson
        /// All data survive closing and reopening, even during a lease.
        case survivesReopening
        /// Lists are newest first, and pages join without gap or overlap.
        case pagesJoin
        /// Filters return exactly the matching messages.
        case filtersFilter
        /// Searches find tags and subjects in requests, and accepted messages by time span.
        case contentIsLookedThrough
        /// Parked mail waits, is released in order, and does not age.
        case parkedMailDoesNotAge
        /// Mail that waits too long expires, and no other.
        case waitingMailExpires
        /// A retried message starts over.
        case retryStartsAnew
        /// A scheduled message, and no other, can get another time; it is claimed then and not before.
        case scheduledMailCanBeMoved
        /// Heads have the earliest due time of each routing key and priority.
        case headsAreEarliest
        /// Time without a running gateway does not count as age.
        case outageIsNoAge
        /// Old finished data are dropped, unfinished data remain.
        case purgeDropsTheOld
        /// A cancelled caller leaves no partially written message.
        case cancellationLeavesNoHalf
    }

    private let open: @Sendable () async throws -> QueueStoreUnderTest

    /// - Parameter open: Opens a new, empty store.
    public init(open: @escaping @Sendable () async throws -> QueueStoreUnderTest) {
        self.open = open
    }

    /// The laws that the store breaks, in declaration order.
    public func violations() async -> [Law] {
        var violations: [Law] = []
        for law in Law.allCases where await !holds(law) { violations.append(law) }
        return violations
    }

    /// Tests one law on a new store.
    public func holds(_ law: Law) async -> Bool {
        do { return try await open().keeps(law) } catch { return false }
    }
}

/// The stores and operations that the suite uses.
public struct QueueStoreUnderTest: Sendable {
    public var outbox: any QueueStore
    public var archive: any MessageStore
    public var queue: any MaintenanceStore
    public var contents: any ContentStore
    /// How many seconds after its start a gateway takes over the leases of dead ones.
    public var takeover: Int
    /// Closes the store as at the end of a process, and reopens it with its data.
    public var reopen: @Sendable () async throws -> QueueStoreUnderTest

    public init(
        outbox: any QueueStore,
        archive: any MessageStore,
        queue: any MaintenanceStore,
        contents: any ContentStore,
        takeover: Int = 1,
        reopen: @escaping @Sendable () async throws -> QueueStoreUnderTest
    ) {
        self.outbox = outbox
        self.archive = archive
        self.queue = queue
        self.contents = contents
        self.takeover = takeover
        self.reopen = reopen
    }
}

extension QueueStoreUnderTest {
    func keeps(_ law: QueueStoreConformance.Law) async throws -> Bool {
        switch law {
        case .returnsWhatWasStored: try await returnsWhatWasStored()
        case .storesAllOrNone: try await storesAllOrNone()
        case .sameKeyStoresOnce: try await sameKeyStoresOnce()
        case .leaseIsExclusive: try await leaseIsExclusive()
        case .dueIsHonoured: try await dueIsHonoured()
        case .oldestDueComesFirst: try await oldestDueComesFirst()
        case .streamsAndLanesAreApart: try await streamsAndLanesAreApart()
        case .cancelledIsNotBegun: try await cancelledIsNotBegun()
        case .settlingIsFenced: try await settlingIsFenced()
        case .settlementIsWritten: try await settlementIsWritten()
        case .secretsAreWiped: try await secretsAreWiped()
        case .failoverKeepsTheLease: try await failoverKeepsTheLease()
        case .leasesOfTheDeadComeBack: try await leasesOfTheDeadComeBack()
        case .interruptedTriesCount: try await interruptedTriesCount()
        case .sentMailShowsNoError: try await sentMailShowsNoError()
        case .eventsNameThePerson: try await eventsNameThePerson()
        case .survivesReopening: try await survivesReopening()
        case .pagesJoin: try await pagesJoin()
        case .filtersFilter: try await filtersFilter()
        case .contentIsLookedThrough: try await contentIsLookedThrough()
        case .parkedMailDoesNotAge: try await parkedMailDoesNotAge()
        case .waitingMailExpires: try await waitingMailExpires()
        case .retryStartsAnew: try await retryStartsAnew()
        case .scheduledMailCanBeMoved: try await scheduledMailCanBeMoved()
        case .headsAreEarliest: try await headsAreEarliest()
        case .outageIsNoAge: try await outageIsNoAge()
        case .purgeDropsTheOld: try await purgeDropsTheOld()
        case .cancellationLeavesNoHalf: try await cancellationLeavesNoHalf()
        }
    }
}
