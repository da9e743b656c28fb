// SPDX-License-Identifier: Apache-2.0
import Basics
internal import CCurl
import Delivery

/// One transfer in libcurl's callbacks: provides the content, follows the replies, enforces the time limits.
///
/// libcurl 7.88 has one limit for connecting, greeting and login together, and one for replies. The callbacks extend
/// both as the dialogue continues. The progress callback, which runs at least once a second, checks the waits that
/// libcurl does not limit: a TLS handshake after STARTTLS, a server that reads no more content, and QUIT after a
/// failure.
final class SMTPTransfer {
    /// The time limit for the reply to QUIT.
    private static let goodbye = Duration.seconds(2)

    private(set) var dialogue = SMTPDialogue(SMTPDialogue.Plan(security: .none, recipients: 0))
    /// True when the transfer uses a connection that was opened for an earlier one.
    private(set) var isReused = false
    private var isTimedOut = false
    /// True once the connection is established, including TLS if that comes first.
    private var isConnected = false
    private let watch: SocketWatch
    private let endpoint: SMTPEndpoint
    private var content: [UInt8] = []
    private var offset = 0
    /// The bytes that must be sent for the content to be complete.
    private(set) var wireSize = 0
    private var started = ContinuousClock.now
    private var lastActivity = ContinuousClock.now
    /// The handle during the transfer.
    private var handle: CurlHandle?

    init(_ endpoint: SMTPEndpoint, _ watch: SocketWatch) {
        self.endpoint = endpoint
        self.watch = watch
    }

    func begin(_ dialogue: SMTPDialogue, _ transaction: SMTPTransaction, _ handle: CurlHandle) {
        self.dialogue = dialogue
        content = transaction.content
        wireSize = transaction.wireSize
        self.handle = handle
        offset = 0
        isReused = dialogue.step == .sender
        isConnected = isReused
        isTimedOut = false
        started = .now
        lastActivity = started
    }

    func end() {
        handle = nil
        content = []
    }

    /// libcurl opens a connection, perhaps one of several tries: the state of an earlier one is discarded.
    func opened() {
        dialogue = SMTPDialogue(dialogue.plan)
        isReused = false
        isConnected = false
    }

    /// Receives one line of a reply, and rewrites its keyword for libcurl; false ends the transfer.
    func receive(_ line: UnsafeMutableRawBufferPointer) -> Bool {
        if case .hello = dialogue.step, let mended = unsafe SMTPExtensions.capitalized(Array(line)) {
            unsafe line.copyBytes(from: mended)
        }
        if unsafe dialogue.receive(UnsafeRawBufferPointer(line)) { lastActivity = .now }
        return dialogue.objection == nil
    }

    /// Copies the next piece of the content; 0 at its end.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, content.count - offset)
        unsafe content.withUnsafeBytes { unsafe buffer.copyMemory(from: .init(rebasing: $0[offset..<offset + count])) }
        offset += count
        lastActivity = .now
        if offset == content.count {
            // libcurl accepted this option before, with another value.
            try? handle?.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, endpoint.finalTimeout.wholeSecondsUp)
        }
        return count
    }

    /// Checks the time limits and cancellation; true ends the transfer.
    func shouldStop() -> Bool {
        guard !watch.isCut else { return true }
        guard isConnected else {
            noteConnection()
            return false
        }
        guard ContinuousClock.now - lastActivity > limit else { return false }
        isTimedOut = isTimedOut || !dialogue.isOver
        return true
    }

    private var limit: Duration {
        if dialogue.isOver { return Self.goodbye }
        return dialogue.step == .content && offset == content.count ? endpoint.finalTimeout : endpoint.replyTimeout
    }

    /// Extends libcurl's limit for connecting, which also covers greeting and login.
    private func noteConnection() {
        let isTLSFirst = dialogue.plan.security == .implicit
        guard let handle, handle.number(isTLSFirst ? CURLINFO_APPCONNECT_TIME_T : CURLINFO_CONNECT_TIME_T) > 0 else {
            return
        }
        isConnected = true
        lastActivity = .now
        let rest = lastActivity - started + endpoint.replyTimeout * 8
        // libcurl accepted this option before, with another value.
        try? handle.set(CURLOPT_CONNECTTIMEOUT_MS, Int(rest.milliseconds))
    }
}

extension SMTPTransfer {
    /// The outcome of the transfer, from the replies first, and from libcurl's code where there is none.
    func outcome(_ code: CURLcode, _ handle: CurlHandle) -> SMTPOutcome {
        let (stage, failure, reply) = ending(code, handle)
        return SMTPOutcome(
            stage: stage,
            failure: failure,
            reply: reply,
            recipients: dialogue.recipients,
            detail: detail(failure, reply, code, handle)
        )
    }

    private typealias Ending = (SMTPOutcome.Stage, SMTPOutcome.Failure?, SMTPReply?)

    private func ending(_ code: CURLcode, _ handle: CurlHandle) -> Ending {
        if let acceptance = dialogue.acceptance { return (.accepted, nil, acceptance) }
        if let objection = dialogue.objection { return (objection.stage, .unsupported, nil) }
        if let refusal = dialogue.refusal { return (dialogue.stage, .refused, refusal) }
        let stage = stage(handle)
        if watch.isCut { return (stage, .cancelled, nil) }
        if isTimedOut || code == CURLE_OPERATION_TIMEDOUT { return (stage, .timedOut, nil) }
        if let insecurity = CurlInsecurity(code) { return (insecurity == .ours ? .prepare : .tls, .insecure, nil) }
        if code == CURLE_LOGIN_DENIED { return (.authentication, .refused, SMTPChallenge.refusal(in: dialogue.last)) }
        // A 421 among the replies to RCPT counts as one recipient's refusal until the connection is closed.
        if stage == .recipients, let last = dialogue.last, last.code == 421 { return (stage, .refused, last) }
        return (stage, .disconnected, nil)
    }

    private func stage(_ handle: CurlHandle) -> SMTPOutcome.Stage {
        guard isConnected || dialogue.stage != .greeting else {
            if handle.number(CURLINFO_NAMELOOKUP_TIME_T) == 0 { return .resolve }
            return handle.number(CURLINFO_CONNECT_TIME_T) == 0 ? .connect : .tls
        }
        guard dialogue.stage == .content else { return dialogue.stage }
        return handle.number(CURLINFO_SIZE_UPLOAD_T) < wireSize ? .content : .final
    }

    private func detail(
        _ failure: SMTPOutcome.Failure?,
        _ reply: SMTPReply?,
        _ code: CURLcode,
        _ handle: CurlHandle
    ) -> String {
        switch failure {
        case nil, .refused: reply.map { "\($0.code) \($0.text)" } ?? handle.explanation(of: code)
        case .unsupported: dialogue.objection?.detail ?? handle.explanation(of: code)
        case .cancelled: "the attempt was cancelled"
        case .timedOut where isConnected: "the server did not answer in time"
        case .timedOut, .disconnected, .insecure: handle.explanation(of: code)
        }
    }
}

/// A TLS failure: of the connection and its peer, or of the local TLS configuration.
private enum CurlInsecurity {
    case theirs
    case ours

    init?(_ code: CURLcode) {
        switch code {
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ISSUER_ERROR, CURLE_USE_SSL_FAILED:
            self = .theirs
        case CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED:
            self = .ours
        default: return nil
        }
    }
}

// libcurl calls these on the thread that runs `perform`, with the object that was set for them. The handle keeps that
// object alive.
extension SMTPTransfer {
    func install(in handle: CurlHandle) throws(CurlError) {
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

    /// Any result but the number of bytes ends the transfer.
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

extension Duration {
    /// Whole seconds, rounded up and at least one: 0 would mean libcurl's own default.
    var wholeSecondsUp: Int { max(1, Int((milliseconds + 999) / 1000)) }
}
