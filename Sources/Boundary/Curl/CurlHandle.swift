// SPDX-License-Identifier: Apache-2.0
internal import CCurl
internal import Glibc

/// Owns one easy handle and the connections in its cache.
///
/// Used by one thread at a time.
///
/// A class and not a struct, because libcurl keeps pointers to it.
@safe final class CurlHandle {
    private let raw: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    /// libcurl does not copy lists: they are kept for as long as an option may refer to them.
    private var lists: [UInt32: CurlList] = [:]
    /// The objects that callbacks refer to; libcurl calls some of them until the handle is freed.
    private var kept: [AnyObject] = []

    init() throws(CurlError) {
        guard CurlLibrary.isReady, let raw = unsafe curl_easy_init() else { throw .unusable }
        unsafe self.raw = raw
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try unsafe check(gw_setopt_pointer(raw, CURLOPT_ERRORBUFFER, errorText), CURLOPT_ERRORBUFFER)
        // Signals and threads do not mix; time-outs of the resolver work without them.
        try set(CURLOPT_NOSIGNAL, 1)
    }

    /// Closes the connections, which may wait for a server's last reply.
    deinit {
        unsafe curl_easy_cleanup(raw)
        unsafe errorText.deallocate()
    }

    func set(_ option: CURLoption, _ value: Int) throws(CurlError) {
        try unsafe check(gw_setopt_long(raw, option, value), option)
    }

    func set(_ option: CURLoption, size: Int) throws(CurlError) {
        try unsafe check(gw_setopt_size(raw, option, curl_off_t(size)), option)
    }

    /// Sets a text option, or resets it with nil.
    ///
    /// libcurl copies the text.
    func set(_ option: CURLoption, _ value: String?) throws(CurlError) {
        try unsafe check(gw_setopt_string(raw, option, value), option)
    }

    func set(_ option: CURLoption, list values: [String]) throws(CurlError) {
        let list = try CurlList(values)
        try unsafe check(list.lend { unsafe gw_setopt_list(raw, option, $0) }, option)
        lists[option.rawValue] = list
    }

    private func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer?) throws(CurlError) {
        try unsafe check(gw_setopt_pointer(raw, option, pointer), option)
    }

    /// Sets the object passed to a callback, and keeps it for as long as the handle.
    func set(_ option: CURLoption, object: AnyObject) throws(CurlError) {
        kept.append(object)
        try unsafe set(option, pointer: Unmanaged.passUnretained(object).toOpaque())
    }

    func setRead(_ callback: curl_read_callback) throws(CurlError) {
        try unsafe check(gw_setopt_read(raw, callback), CURLOPT_READFUNCTION)
    }

    func setWrite(_ option: CURLoption, _ callback: curl_write_callback) throws(CurlError) {
        try unsafe check(gw_setopt_write(raw, option, callback), option)
    }

    func setSeek(_ callback: curl_seek_callback) throws(CurlError) {
        try unsafe check(gw_setopt_seek(raw, callback), CURLOPT_SEEKFUNCTION)
    }

    func setProgress(_ callback: curl_xferinfo_callback) throws(CurlError) {
        try unsafe check(gw_setopt_progress(raw, callback), CURLOPT_XFERINFOFUNCTION)
    }

    func setOpenSocket(_ callback: curl_opensocket_callback) throws(CurlError) {
        try unsafe check(gw_setopt_opensocket(raw, callback), CURLOPT_OPENSOCKETFUNCTION)
    }

    func setCloseSocket(_ callback: curl_closesocket_callback) throws(CurlError) {
        try unsafe check(gw_setopt_closesocket(raw, callback), CURLOPT_CLOSESOCKETFUNCTION)
    }

    /// A numeric value about the running or the last transfer; 0 when libcurl has none.
    func number(_ info: CURLINFO) -> Int {
        var value: curl_off_t = 0
        return unsafe gw_getinfo_size(raw, info, &value) == CURLE_OK ? Int(value) : 0
    }

    /// A small numeric value about the last transfer; 0 when libcurl has none.
    func count(_ info: CURLINFO) -> Int {
        var value = 0
        return unsafe gw_getinfo_long(raw, info, &value) == CURLE_OK ? value : 0
    }

    /// Identifies this handle for as long as it lives.
    var identity: UInt { unsafe UInt(bitPattern: raw) }

    func lend<Answer>(_ use: (UnsafeMutableRawPointer) -> Answer) -> Answer {
        unsafe use(raw)
    }

    /// Runs the transfer on this thread until it ends.
    func perform() -> CURLcode {
        clearExplanation()
        return unsafe curl_easy_perform(raw)
    }

    /// Clears libcurl's message about an earlier failure; libcurl does not always do so itself.
    func clearExplanation() {
        unsafe errorText.pointee = 0
    }

    /// libcurl's message about the last failure: its own sentence, or the general one for `code`.
    func explanation(of code: CURLcode) -> String {
        let text = unsafe String(cString: errorText)
        return unsafe text.isEmpty ? String(cString: curl_easy_strerror(code)) : text
    }

    private func check(_ code: CURLcode, _ option: CURLoption) throws(CurlError) {
        guard code == CURLE_OK else { throw .option(Int(option.rawValue), code: Int(code.rawValue)) }
    }
}

/// Why libcurl cannot be used at all: a programming error, or a library without a needed feature.
enum CurlError: Error, Hashable, CustomStringConvertible {
    case unusable
    case option(Int, code: Int)

    var description: String {
        switch self {
        case .unusable: "libcurl could not be started"
        case .option(let option, let code): "this libcurl refuses option \(option) (code \(code))"
        }
    }
}

/// Global state of libcurl.
enum CurlLibrary {
    /// Initializes the library once for the process; false when it cannot be used.
    ///
    /// SIGPIPE is ignored from then on: with NOSIGNAL, which threads need, libcurl leaves it to the application.
    static let isReady: Bool = {
        signal(SIGPIPE, SIG_IGN)
        return gw_global_init() == CURLE_OK
    }()
}

/// Owns one list of texts.
@safe private final class CurlList {
    private var head: UnsafeMutablePointer<curl_slist>?

    init(_ values: [String]) throws(CurlError) {
        unsafe head = nil
        for value in values {
            guard let longer = unsafe curl_slist_append(head, value) else { throw .unusable }
            unsafe head = longer
        }
    }

    deinit { unsafe curl_slist_free_all(head) }

    func lend<Answer>(_ use: (UnsafeMutablePointer<curl_slist>?) -> Answer) -> Answer {
        unsafe use(head)
    }
}
