// SPDX-License-Identifier: Apache-2.0
internal import CPostgres
internal import Glibc

/// Owns a libpq connection, even a failed one (PostgreSQL manual, section 34.1: PQfinish is required in any case).
@safe struct PostgresHandle: ~Copyable {
    let raw: OpaquePointer

    /// Starts to connect; nil when memory is short.
    init?(_ parameters: [String: String]) {
        let keys = parameters.keys.sorted()
        let values = keys.map { parameters[$0] ?? "" }
        let made = unsafe CStrings.lend(keys) { keys in
            unsafe CStrings.lend(values) { values in unsafe PQconnectStartParams(keys, values, 0) }
        }
        guard let made = unsafe made else { return nil }
        unsafe raw = made
        // Needed for the SQLSTATE of sign-in errors.
        unsafe PQsetErrorVerbosity(raw, PQERRORS_VERBOSE)
    }

    deinit { unsafe PQfinish(raw) }

    var isGood: Bool { unsafe PQstatus(raw) == CONNECTION_OK }

    var socket: Int32 { unsafe PQsocket(raw) }

    var lastError: String { unsafe PQerrorMessage(raw).map { unsafe String(cString: $0) } ?? "" }

    /// True when data has arrived, or the connection has ended; does not wait.
    var isReadable: Bool {
        var watched = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&watched, 1, 0) > 0
    }

    /// Waits until the socket is readable, or also writable if requested; false when `deadline` has passed.
    func wait(reading: Bool, writing: Bool, until deadline: ContinuousClock.Instant) -> Bool {
        while true {
            let left = deadline - .now
            guard left > .zero else { return false }
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
            var events: Int32 = 0
            if reading { events |= POLLIN }
            if writing { events |= POLLOUT }
            var watched = pollfd(fd: socket, events: Int16(events), revents: 0)
            let count = unsafe poll(&watched, 1, Int32(clamping: milliseconds + 1))
            if count > 0 { return true }
            if count < 0 && errno != EINTR { return false }
        }
    }
}

/// Passes Swift strings to C as a null-terminated array.
private enum CStrings {
    static func lend<T>(_ strings: [String], _ use: (UnsafePointer<UnsafePointer<CChar>?>) -> T) -> T {
        let list = UnsafeMutablePointer<UnsafePointer<CChar>?>.allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() { unsafe list[index] = UnsafePointer(strdup(string)) }
        unsafe list[strings.count] = nil
        defer {
            for index in strings.indices { unsafe free(UnsafeMutablePointer(mutating: list[index])) }
            unsafe list.deallocate()
        }
        return unsafe use(list)
    }
}
