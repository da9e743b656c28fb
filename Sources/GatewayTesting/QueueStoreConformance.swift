// SPDX-License-Identifier: Apache-2.0
public import Queue

/// The laws that every outbox keeps, whatever it stores in.
///
/// Each law gets an empty store of its own. A law that throws is broken.
public struct QueueStoreConformance: Sendable {
    public enum Law: String, Sendable, Hashable, CaseIterable {
        /// What comes out is what went in, byte for byte.
        case returnsWhatWasStored
        /// Of several messages all are stored or none.
        case storesAllOrNone
        /// The same key stores once, from 50 tasks at once too; another request under it is a conflict.
        case sameKeyStoresOnce
        /// A message is leased to one holder only, under contention.
        case leaseIsExclusive
        /// A message is claimed not a millisecond before it is due.
        case dueIsHonoured
        /// The oldest due comes first.
        case oldestDueComesFirst
        /// A claim gets messages of its routing key and priority only.
        case streamsAndLanesAreApart
        /// A cancelled message is not begun.
        case cancelledIsNotBegun
        /// Who lost the lease writes nothing.
        case settlingIsFenced
        /// A settlement is written whole: state, tries, recipients, events in their order, usage.
        case settlementIsWritten
        /// Secrets go when a message is final.
        case secretsAreWiped
        /// An attempt that goes on elsewhere keeps state and lease.
        case failoverKeepsTheLease
        /// What a dead gateway held comes back, what a living one holds does not.
        case leasesOfTheDeadComeBack
        /// What a dead gateway was sending counts as a try, with an event that says so.
        case interruptedTriesCount
        /// A message that a provider has taken shows no error of an earlier try.
        case sentMailShowsNoError
        /// Who cancels or retries a message is in its events.
        case eventsNameThePerson
        /// All is there after closing and opening again, in the middle of a lease too.
        case survivesReopening
        /// Lists are newest first, and pages join without gap or overlap.
        case pagesJoin
        /// Filters let through what they name and nothing else.
        case filtersFilter
        /// Tags and subjects are found in the requests, and what was accepted in a span of time by its moment.
        case contentIsLookedThrough
        /// Parked mail waits, comes back in order, and does not age.
        case parkedMailDoesNotAge
        /// What waits too long expires, and nothing else does.
        case waitingMailExpires
        /// A retried message starts anew.
        case retryStartsAnew
        /// Heads tell the earliest due moment of each routing key and priority.
        case headsAreEarliest
        /// The time in which no gateway ran is not counted as age.
        case outageIsNoAge
        /// What is old and done is dropped, what is unfinished stays.
        case purgeDropsTheOld
        /// A cancelled caller leaves no half-written message.
        case cancellationLeavesNoHalf
    }

    private let open: @Sendable () async throws -> QueueStoreUnderTest

    /// - Parameter open: Opens a new, empty store.
    public init(open: @escaping @Sendable () async throws -> QueueStoreUnderTest) {
        self.open = open
    }

    /// The laws that the store breaks, in the order in which they are listed.
    public func violations() async -> [Law] {
        var violations: [Law] = []
        for law in Law.allCases where await !holds(law) { violations.append(law) }
        return violations
    }

    /// Tries one law on a new store.
    public func holds(_ law: Law) async -> Bool {
        do { return try await open().keeps(law) } catch { return false }
    }
}

/// A store as the suite sees it.
public struct QueueStoreUnderTest: Sendable {
    public var outbox: any QueueStore
    public var archive: any MessageStore
    public var queue: any MaintenanceStore
    public var contents: any ContentStore
    /// After how many seconds a gateway that has just started takes the leases of dead ones over.
    public var takeover: Int
    /// Ends the store as a process does that ends, and opens it again with what it holds.
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
        case .headsAreEarliest: try await headsAreEarliest()
        case .outageIsNoAge: try await outageIsNoAge()
        case .purgeDropsTheOld: try await purgeDropsTheOld()
        case .cancellationLeavesNoHalf: try await cancellationLeavesNoHalf()
        }
    }
}
