// SPDX-License-Identifier: Apache-2.0
internal import CCurl

/// Owns one multi handle: many transfers, one thread, shared connections.
///
/// Used only by the thread that runs it, except for ``wakeUp()``, which libcurl allows from any thread
/// (curl_multi_wakeup(3)); that call is why it may be shared.
@safe final class CurlMulti: @unchecked Sendable {
    private let raw: UnsafeMutableRawPointer

    init() throws(CurlError) {
        guard CurlLibrary.isReady, let raw = unsafe curl_multi_init() else { throw .unusable }
        unsafe self.raw = raw
        unsafe _ = gw_multi_setopt_long(raw, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
        unsafe _ = gw_multi_setopt_long(raw, CURLMOPT_MAXCONNECTS, 64)
        unsafe _ = gw_multi_setopt_long(raw, CURLMOPT_MAX_TOTAL_CONNECTIONS, 256)
        // One slow server cannot take all connections; further requests wait inside libcurl, and their time limits
        // run.
        unsafe _ = gw_multi_setopt_long(raw, CURLMOPT_MAX_HOST_CONNECTIONS, 64)
    }

    /// It must not contain a transfer any more.
    deinit { unsafe _ = curl_multi_cleanup(raw) }

    func add(_ handle: CurlHandle) -> Bool {
        unsafe handle.lend { unsafe curl_multi_add_handle(raw, $0) == CURLM_OK }
    }

    func remove(_ handle: CurlHandle) {
        unsafe handle.lend { unsafe _ = curl_multi_remove_handle(raw, $0) }
    }

    /// Performs all pending reads and writes.
    func perform() {
        var running: Int32 = 0
        unsafe _ = curl_multi_perform(raw, &running)
    }

    /// Waits until there is something to do, for at most `milliseconds`.
    func wait(milliseconds: Int32) {
        unsafe _ = curl_multi_poll(raw, nil, 0, milliseconds, nil)
    }

    func wakeUp() {
        unsafe _ = curl_multi_wakeup(raw)
    }

    /// The next transfer that has ended, by the identity of its handle.
    func nextEnded() -> (handle: UInt, code: CURLcode)? {
        var left: Int32 = 0
        while let message = unsafe curl_multi_info_read(raw, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE else { continue }
            return unsafe (UInt(bitPattern: message.pointee.easy_handle), message.pointee.data.result)
        }
        return nil
    }
}
