// SPDX-License-Identifier: Apache-2.0
import Basics
internal import CCurl
import Delivery
internal import Glibc

/// One transfer in libcurl's callbacks: provides the request body, collects the response.
final class HTTPTransfer {
    /// The most bytes of all response header lines together, including interim responses.
    private static let largestHead = 256 << 10

    private let limits: CurlHTTPClient.Limits
    private var body: [UInt8] = []
    private var offset = 0
    private(set) var answer = HTTPResponse(status: 0)
    private(set) var isTooLarge = false
    /// The response was complete but for the rest of its body, which is not wanted.
    private(set) var isCut = false
    /// The last address that was not connected to because it is not public.
    private(set) var refusedAddress: IPAddress?
    private var headSize = 0
    /// The whole body was read once, and libcurl wanted to send it again over another connection.
    private(set) var isRepeated = false

    init(limits: CurlHTTPClient.Limits) {
        self.limits = limits
    }

    func begin(_ body: [UInt8]) {
        self.body = body
        offset = 0
        answer = HTTPResponse(status: 0)
        (isTooLarge, isCut, refusedAddress) = (false, false, nil)
        headSize = 0
        isRepeated = false
    }

    func end() {
        body = []
        answer = HTTPResponse(status: 0)
    }

    /// True when libcurl has read the whole body.
    var isWritten: Bool { offset == body.count }

    /// True when libcurl has read part of the body.
    var hasBegun: Bool { offset > 0 }

    /// Copies the next piece of the body; 0 at its end.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, body.count - offset)
        unsafe body.withUnsafeBytes { unsafe buffer.copyMemory(from: .init(rebasing: $0[offset..<offset + count])) }
        offset += count
        return count
    }

    /// libcurl starts again on a new connection because a reused one was dead.
    ///
    /// It may, unless the server could have acted on what was sent: then mail would be sent twice. A stream that an
    /// HTTP/2 server refused could safely be sent again (RFC 9113 section 8.7), but libcurl 7.88 handles it like a
    /// reused connection that died, and does not report which it was. So it counts as possibly processed.
    func rewind(to position: Int) -> Bool {
        guard position == 0 else { return false }
        guard !isWritten || body.isEmpty else {
            isRepeated = true
            return false
        }
        offset = 0
        return true
    }

    /// Receives one response header line; each status line starts a new head (100, then the final one).
    ///
    /// False ends the transfer.
    func receive(header line: UnsafeRawBufferPointer) -> Bool {
        headSize += line.count
        isTooLarge = isTooLarge || headSize > Self.largestHead
        guard !isTooLarge else { return false }
        let text = unsafe String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            answer = HTTPResponse(status: 0)
            answer.status = text.split(separator: " ").dropFirst().first.flatMap { Int($0.prefix(3)) } ?? 0
            return true
        }
        guard let colon = text.firstIndex(of: ":") else { return true }
        let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        let trimmed = String(value.reversed().drop { $0.isWhitespace }.reversed())
        answer.headers.append(HTTPHeader(String(text[..<colon]), trimmed))
        return true
    }

    /// Receives a piece of the response body; false ends the transfer.
    func receive(body piece: UnsafeRawBufferPointer) -> Bool {
        let room = limits.largestBody - answer.body.count
        guard piece.count <= room else {
            isCut = limits.cutsLargeBodies
            isTooLarge = !isCut
            if isCut { unsafe answer.body.append(contentsOf: piece.prefix(room)) }
            return false
        }
        unsafe answer.body.append(contentsOf: piece)
        return true
    }
}

// libcurl calls these on the thread that runs the transfers, with the object that was set for them. The handle keeps
// that object alive.
extension HTTPTransfer {
    func install(in handle: CurlHandle) throws(CurlError) {
        try handle.set(CURLOPT_HEADERDATA, object: self)
        try unsafe handle.setWrite(CURLOPT_HEADERFUNCTION) { unsafe HTTPTransfer.header($0, $1, $2, $3) }
        try handle.set(CURLOPT_WRITEDATA, object: self)
        try unsafe handle.setWrite(CURLOPT_WRITEFUNCTION) { unsafe HTTPTransfer.write($0, $1, $2, $3) }
        try handle.set(CURLOPT_READDATA, object: self)
        try unsafe handle.setRead { unsafe HTTPTransfer.read($0, $1, $2, $3) }
        try handle.set(CURLOPT_SEEKDATA, object: self)
        try unsafe handle.setSeek { unsafe HTTPTransfer.seek($0, $1, $2) }
    }

    /// Makes connections to addresses that are not public fail, whatever name led to them.
    func refusePrivateAddresses(of handle: CurlHandle) throws(CurlError) {
        try handle.set(CURLOPT_OPENSOCKETDATA, object: self)
        try unsafe handle.setOpenSocket { context, _, address in unsafe HTTPTransfer.open(context, address) }
    }

    private static func open(
        _ context: UnsafeMutableRawPointer?,
        _ address: UnsafeMutablePointer<curl_sockaddr>?
    ) -> curl_socket_t {
        guard let transfer = unsafe from(context), let address = unsafe address else { return CURL_SOCKET_BAD }
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = unsafe bytes.withUnsafeMutableBufferPointer { unsafe gw_address_bytes(address, $0.baseAddress) }
        guard let target = IPAddress(bytes: Array(bytes.prefix(Int(count)))), target.isPublic else {
            transfer.refusedAddress = IPAddress(bytes: Array(bytes.prefix(Int(count))))
            return CURL_SOCKET_BAD
        }
        // Child processes do not inherit it.
        let flag = Int32(SOCK_CLOEXEC.rawValue)
        return unsafe socket(address.pointee.family, address.pointee.socktype | flag, address.pointee.`protocol`)
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> HTTPTransfer? {
        guard let context = unsafe context else { return nil }
        return unsafe Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
    }

    private static func header(
        _ start: UnsafeMutablePointer<CChar>?,
        _ size: Int,
        _ count: Int,
        _ context: UnsafeMutableRawPointer?
    ) -> Int {
        let line = unsafe UnsafeRawBufferPointer(start: start, count: size * count)
        return unsafe from(context)?.receive(header: line) == true ? size * count : -1
    }

    private static func write(
        _ start: UnsafeMutablePointer<CChar>?,
        _ size: Int,
        _ count: Int,
        _ context: UnsafeMutableRawPointer?
    ) -> Int {
        let piece = unsafe UnsafeRawBufferPointer(start: start, count: size * count)
        return unsafe from(context)?.receive(body: piece) == true ? size * count : -1
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

    private static func seek(_ context: UnsafeMutableRawPointer?, _ offset: curl_off_t, _ origin: Int32) -> Int32 {
        let isDone = unsafe origin == 0 && from(context)?.rewind(to: Int(offset)) == true
        return isDone ? Int32(CURL_SEEKFUNC_OK) : Int32(CURL_SEEKFUNC_FAIL)
    }
}
