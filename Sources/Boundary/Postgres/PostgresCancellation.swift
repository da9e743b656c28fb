// SPDX-License-Identifier: Apache-2.0
internal import CPostgres

/// An order to cancel, which stands apart from its connection (PostgreSQL manual, section 34.7).
///
/// `@unchecked`: the pointer is made on one thread, handed over, and used and freed on the other alone.
@safe final class PostgresCancellation: @unchecked Sendable {
    private let order: OpaquePointer

    init(_ order: OpaquePointer) {
        unsafe self.order = unsafe order
    }

    deinit { unsafe PQfreeCancel(order) }

    /// Sends it; whether it arrives in time nobody can know.
    func send() {
        let size = 256
        let words = UnsafeMutablePointer<CChar>.allocate(capacity: size)
        defer { unsafe words.deallocate() }
        unsafe PQcancel(order, words, Int32(size))
    }
}
