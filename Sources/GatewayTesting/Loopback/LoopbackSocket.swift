// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Why a server or a tool of a test does not work.
public struct TestingError: Error, Hashable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }

    /// The system failed to open, bind or name a socket.
    static var socket: TestingError { TestingError("the system gives no socket: error \(errno)") }
}

/// A TCP socket on 127.0.0.1.
///
/// Closed when it is released.
@safe final class LoopbackSocket: Sendable {
    private let descriptor: Int32

    private init(owning descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    static func listening() throws(TestingError) -> LoopbackSocket {
        let listener = try opened()
        // Accepted sockets inherit it. A small buffer fills quickly when nothing is read, so tests send less.
        var size: Int32 = 65536
        _ = unsafe setsockopt(listener.descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        let status = unsafe withAddress(port: 0) { unsafe bind(listener.descriptor, $0, $1) }
        guard status == 0, listen(listener.descriptor, 128) == 0 else { throw TestingError.socket }
        return listener
    }

    static func connected(to port: Int) throws(TestingError) -> LoopbackSocket {
        let client = try opened()
        let status = unsafe withAddress(port: port) { unsafe connect(client.descriptor, $0, $1) }
        guard status == 0 else { throw TestingError.socket }
        return client
    }

    private static func opened() throws(TestingError) -> LoopbackSocket {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw TestingError.socket }
        return LoopbackSocket(owning: descriptor)
    }

    /// Calls `body` with the address of a port of 127.0.0.1; 0 is any free port.
    private static func withAddress(port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(clamping: port)).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, size) }
        }
    }

    func port() throws(TestingError) -> Int {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &size)
            }
        }
        guard status == 0 else { throw TestingError.socket }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// Waits for a client; nil once the socket is shut down.
    func accept() -> LoopbackSocket? {
        let client = Glibc.accept(descriptor, nil, nil)
        guard client >= 0 else { return nil }
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        return LoopbackSocket(owning: client)
    }

    /// Ends all waits on the socket, from any thread.
    func shutDown() {
        _ = shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// The received bytes; nil at the end of the connection.
    func receive() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    /// Waits for the end of the connection up to a time limit, and reads nothing; true when it has ended.
    @discardableResult
    func waitForEnd(milliseconds: Int32 = -1) -> Bool {
        var watched = pollfd(fd: descriptor, events: 0, revents: 0)
        return unsafe poll(&watched, 1, milliseconds) != 0
    }

    func send(_ text: String) {
        send(Array(text.utf8))
    }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { all in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: all[sent...])
                return unsafe Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }
}
