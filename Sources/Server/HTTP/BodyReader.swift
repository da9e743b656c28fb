// SPDX-License-Identifier: Apache-2.0
internal import Hummingbird
internal import NIOCore
internal import Synchronization

/// Collects request bodies within limits: of size, of time, and of memory for all requests together.
final class BodyReader: Sendable {
    enum Outcome {
        /// `size` bytes are charged to the budget until they are given back.
        case complete([UInt8])
        case tooLarge
        case tooSlow
        /// Other bodies take all the memory there is for them.
        case busy
    }

    /// The most bytes of any body: a message of 25 MiB in JSON.
    static let limit = 34 * 1024 * 1024
    /// What is read on and thrown away of a body that is too large.
    static let discardLimit = 64 * 1024 * 1024
    /// For all bodies at once.
    private static let budget = 384 * 1024 * 1024

    private let charged = Atomic<Int>(0)

    /// Reads a body of at most `limit` bytes that keeps the `pace`; what it charged must be given back by ``releaseReservation(_:)``, whatever came of it.
    ///
    /// Throws when the connection breaks or what comes is not HTTP.
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
            // Only a body that has begun to come is believed to be as long as it says.
            if bytes.isEmpty { bytes.reserveCapacity(max(size, min(declared ?? 0, limit, size * 64))) }
            bytes.append(contentsOf: chunk.readableBytesView)
            // An empty chunk comes from the connection's guard when the time is up.
            if ContinuousClock.now - begun > pace.allowance(received: bytes.count) { return .tooSlow }
        }
        return .complete(bytes)
    }

    func releaseReservation(_ charge: Int) {
        if charge > 0 { charged.wrappingSubtract(charge, ordering: .relaxed) }
    }
}
