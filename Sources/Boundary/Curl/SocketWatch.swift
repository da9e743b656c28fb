// SPDX-License-Identifier: Apache-2.0
internal import CCurl
internal import Glibc
internal import Synchronization

/// Tracks the open sockets of one handle, so that another thread can interrupt a wait on them at once.
///
/// libcurl calls its progress callback about once a second; shutting the socket down wakes it immediately.
final class SocketWatch: Sendable {
    private struct State {
        var sockets: [Int32] = []
        var isCut = false
    }

    private let state = Mutex(State())

    /// True from ``cut()`` until the next ``begin()``.
    var isCut: Bool { state.withLock(\.isCut) }

    /// Starts a new attempt.
    func begin() {
        state.withLock { $0.isCut = false }
    }

    /// Interrupts any wait on a socket of the handle, now and until the next attempt.
    func cut() {
        state.withLock { state in
            state.isCut = true
            for socket in state.sockets { _ = shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    /// Opens a socket that child processes do not inherit.
    func open(family: Int32, type: Int32, protocol number: Int32) -> Int32 {
        let flag = Int32(SOCK_CLOEXEC.rawValue)
        return state.withLock { state in
            guard !state.isCut else { return -1 }
            let descriptor = socket(family, type | flag, number)
            if descriptor >= 0 { state.sockets.append(descriptor) }
            return descriptor
        }
    }

    func close(_ descriptor: Int32) -> Int32 {
        state.withLock { state in
            state.sockets.removeAll { $0 == descriptor }
            return Glibc.close(descriptor)
        }
    }
}
