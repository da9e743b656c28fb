// SPDX-License-Identifier: Apache-2.0
internal import CCurl

// libcurl calls these on the thread that runs `perform`, with the object that was set beside them. The handle keeps that
// object, so it is there.
extension SMTPTransfer {
    func install(in handle: CurlHandle) throws(CurlFault) {
        try handle.set(CURLOPT_HEADERDATA, object: self)
        try unsafe handle.setWrite(CURLOPT_HEADERFUNCTION) { unsafe SMTPTransfer.header($0, $1, $2, $3) }
        try unsafe handle.setWrite(CURLOPT_WRITEFUNCTION) { _, size, count, _ in size * count }
        try handle.set(CURLOPT_READDATA, object: self)
        try unsafe handle.setRead { unsafe SMTPTransfer.read($0, $1, $2, $3) }
        try handle.set(CURLOPT_XFERINFODATA, object: self)
        try unsafe handle.setProgress { context, _, _, _, _ in
            unsafe SMTPTransfer.from(context)?.shouldStop() == true ? 1 : 0
        }
        try handle.set(CURLOPT_OPENSOCKETDATA, object: self)
        try unsafe handle.setOpenSocket { context, _, address in unsafe SMTPTransfer.open(context, address) }
        try handle.set(CURLOPT_CLOSESOCKETDATA, object: watch)
        try unsafe handle.setCloseSocket { context, socket in unsafe SMTPTransfer.close(context, socket) }
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> SMTPTransfer? {
        guard let context = unsafe context else { return nil }
        return unsafe Unmanaged<SMTPTransfer>.fromOpaque(context).takeUnretainedValue()
    }

    /// Any answer but the number of bytes ends the transfer.
    private static func header(
        _ start: UnsafeMutablePointer<CChar>?,
        _ size: Int,
        _ count: Int,
        _ context: UnsafeMutableRawPointer?
    ) -> Int {
        let line = unsafe UnsafeMutableRawBufferPointer(start: start, count: size * count)
        return unsafe from(context)?.receive(line) == true ? size * count : 0
    }

    private static func read(
        _ start: UnsafeMutablePointer<CChar>?,
        _ size: Int,
        _ count: Int,
        _ context: UnsafeMutableRawPointer?
    ) -> Int {
        let buffer = unsafe UnsafeMutableRawBufferPointer(start: start, count: size * count)
        return unsafe from(context)?.read(into: buffer) ?? Int(CURL_READFUNC_ABORT)
    }

    private static func open(
        _ context: UnsafeMutableRawPointer?,
        _ address: UnsafeMutablePointer<curl_sockaddr>?
    ) -> curl_socket_t {
        guard let transfer = unsafe from(context), let address = unsafe address?.pointee else {
            return CURL_SOCKET_BAD
        }
        transfer.opened()
        return transfer.watch.open(family: address.family, type: address.socktype, protocol: address.`protocol`)
    }

    private static func close(_ context: UnsafeMutableRawPointer?, _ socket: curl_socket_t) -> Int32 {
        guard let context = unsafe context else { return -1 }
        return unsafe Unmanaged<SocketWatch>.fromOpaque(context).takeUnretainedValue().close(socket)
    }
}
