// SPDX-License-Identifier: Apache-2.0
internal import CCurl
internal import Gateway

/// One transfer as libcurl's callbacks see it: feeds the content, follows the replies, keeps the time limits.
///
/// libcurl 7.88 has one limit for all of connecting, greeting and login, and one for replies. Both are widened from within the
/// callbacks as the dialogue goes on, and a look at the clock in the progress callback, which runs at least once a second,
/// catches the waits that libcurl does not limit: a TLS handshake after STARTTLS, a server that takes no more content, and
/// the goodbye after a failure.
final class SMTPTransfer {
    /// How long a server may take over the reply to QUIT.
    private static let goodbye = Duration.seconds(2)

    private(set) var dialogue = SMTPDialogue(SMTPDialogue.Plan(security: .none, recipients: 0))
    /// True when the transfer runs over a connection that was opened for an earlier one.
    private(set) var isReused = false
    private(set) var isTimedOut = false
    /// True once the connection stands, with TLS if that comes first.
    private(set) var isConnected = false
    let watch: SocketWatch
    private let endpoint: SMTPEndpoint
    private var content: [UInt8] = []
    private var offset = 0
    /// How many bytes of content have to be on the wire for all of it to be there.
    private(set) var wireSize = 0
    private var started = ContinuousClock.now
    private var lastActivity = ContinuousClock.now
    /// The handle that runs the transfer, while it runs.
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

    /// libcurl opens a connection, perhaps one of several that it tries: what was known of another one is void.
    func opened() {
        dialogue = SMTPDialogue(dialogue.plan)
        isReused = false
        isConnected = false
    }

    /// Takes one line of a reply, and mends its keyword for libcurl; false ends the transfer.
    func receive(_ line: UnsafeMutableRawBufferPointer) -> Bool {
        if case .hello = dialogue.step, let mended = unsafe SMTPExtensions.capitalized(Array(line)) {
            unsafe line.copyBytes(from: mended)
        }
        if unsafe dialogue.receive(UnsafeRawBufferPointer(line)) { lastActivity = .now }
        return dialogue.objection == nil
    }

    /// Gives the next piece of the content; 0 at its end.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, content.count - offset)
        unsafe content.withUnsafeBytes { unsafe buffer.copyMemory(from: .init(rebasing: $0[offset..<offset + count])) }
        offset += count
        lastActivity = .now
        if offset == content.count {
            // libcurl took this option before, with another number.
            try? handle?.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, endpoint.finalTimeout.wholeSecondsUp)
        }
        return count
    }

    /// Looks at the clock and at the wish to cancel; true ends the transfer.
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

    /// Once the connection stands, libcurl's limit for connecting would still run on through greeting and login.
    private func noteConnection() {
        let isTLSFirst = dialogue.plan.security == .implicit
        guard let handle, handle.number(isTLSFirst ? CURLINFO_APPCONNECT_TIME_T : CURLINFO_CONNECT_TIME_T) > 0 else {
            return
        }
        isConnected = true
        lastActivity = .now
        let rest = lastActivity - started + endpoint.replyTimeout * 8
        // libcurl took this option before, with another number.
        try? handle.set(CURLOPT_CONNECTTIMEOUT_MS, Int(rest.milliseconds))
    }
}
