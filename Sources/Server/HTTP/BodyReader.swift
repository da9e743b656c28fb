// SPDX-License-Identifier: Apache-2.0
internal import Hummingbird
internal import NIOCore
internal import Synchronization

/// Reads request bodies within limits on size, time and the total memory of all requests.
final class BodyReader: Sendable {
    enum Outcome {
        /// `size` bytes remain charged to the budget until the caller releases them.
        case complete([UInt8])
        case tooLarge
        case tooSlow
        /// Other bodies use up the memory budget.
        case busy
    }

    /// The largest body in bytes: a message of 25 MiB in JSON.
    static let limit = 34 * 1024 * 1024
    /// How many bytes of a body that is too large are read and discarded.
    static let discardLimit = 64 * 1024 * 1024
    /// The memory budget of all bodies, in bytes.
    private static let budget = 384 * 1024 * 1024

    private let charged = Atomic<Int>(0)

    /// Reads a body of at most `limit` bytes at the given `pace`.
    ///
    /// The caller must release what it charged with ``releaseReservation(_:)``, whatever the result. Throws when the connection
    /// breaks or the body is invalid HTTP.
    func read(
        _ body: RequestBody,
        declared: Int?,
        limit: Int,
        pace: Pace,
        charge: inout Int
    ) async throws -> Outcome {
        var bytes: [UInt8] = []
        let begun = ContinuousClock.now
        for try await chunk in body {
            let size = chunk.readableBytes
            guard bytes.count + size <= limit else { return .tooLarge }
            charge += size
            guard charged.wrappingAdd(size, ordering: .relaxed).newValue <= Self.budget else { return .busy }
            // The declared length is trusted only once the body has begun to arrive.
            if bytes.isEmpty { bytes.reserveCapacity(max(size, min(declared ?? 0, limit, size * 64))) }
            bytes.append(contentsOf: chunk.readableBytesView)
            // The connection's guard sends an empty chunk when the time limit expires.
            if ContinuousClock.now - begun > pace.allowance(received: bytes.count) { return .tooSlow }
        }
        return .complete(bytes)
    }

    /// Charges `count` bytes of something made from a body; false, with nothing charged, when the budget is used up.
    func reserve(_ count: Int, charge: inout Int) -> Bool {
        guard charged.wrappingAdd(count, ordering: .relaxed).newValue <= Self.budget else {
            charged.wrappingSubtract(count, ordering: .relaxed)
            return false
        }
        charge += count
        return true
    }

    func releaseReservation(_ charge: Int) {
        if charge > 0 { charged.wrappingSubtract(charge, ordering: .relaxed) }
    }
}
