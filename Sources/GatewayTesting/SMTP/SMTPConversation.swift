// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// One connection to a scripted server, from the greeting to its end.
struct SMTPConversation {
    let server: ScriptedSMTP
    private let socket: LoopbackSocket
    private let number: Int
    private var reader: LoopbackReader
    private var isOpen = true
    private var isAuthenticated = false
    private var sender = ""
    private var recipients: [String] = []

    init(_ server: ScriptedSMTP, _ socket: LoopbackSocket, number: Int) {
        self.server = server
        self.socket = socket
        reader = LoopbackReader(socket)
        self.number = number
    }

    mutating func run() {
        _ = answer(.greeting, "220 scripted.example ESMTP")
        while isOpen, let line = reader.line() { obey(line) }
    }

    private mutating func obey(_ line: String) {
        server.state.withLock { $0.commands.append(line) }
        switch line.uppercased().split(separator: " ").first {
        case "EHLO": _ = answer(.ehlo, extensionsText)
        case "HELO": _ = answer(.helo, "250 scripted.example")
        case "STARTTLS": _ = answer(.startTLS, "454 4.7.0 the scripted server has no TLS")
        case "AUTH": authenticate(line)
        case "MAIL":
            recipients = []
            sender = path(in: line)
            _ = answer(.mail, "250 2.1.0 ok")
        case "RCPT":
            let recipient = path(in: line)
            if answer(.recipient(recipient), "250 2.1.5 ok") { recipients.append(recipient) }
        case "DATA": if answer(.data, "354 go ahead") { takeContent() }
        case "NOOP": _ = answer(.noop, "250 2.0.0 ok")
        case "RSET": _ = answer(.noop, "250 2.0.0 ok")
        case "QUIT":
            _ = answer(.quit, "221 2.0.0 bye")
            isOpen = false
        default: socket.send("500 5.5.1 what?\r\n")
        }
    }

    /// Performs the action of the script; true when the reply was positive.
    ///
    /// `refusing` is called before the client can receive a negative reply.
    private mutating func answer(_ moment: SMTPScript.Moment, _ usual: String, refusing: () -> Void = {}) -> Bool {
        let action = server.state.withLock { $0.script.next(moment) }
        switch action {
        case .usual: return say(usual)
        case .say(let text):
            if !Self.isPositive(text) { refusing() }
            return say(text)
        case .sayAndCut(let text):
            refusing()
            _ = say(text)
            return cut()
        case .cut:
            refusing()
            return cut()
        case .hang:
            while reader.receive() {}
            refusing()
            return cut()
        case .hold:
            server.waitForRelease()
            return say(usual)
        }
    }

    private func say(_ text: String) -> Bool {
        socket.send(text.split(separator: "\n").map { "\($0)\r\n" }.joined())
        return Self.isPositive(text)
    }

    private static func isPositive(_ reply: String) -> Bool { reply.first == "2" || reply.first == "3" }

    private mutating func cut() -> Bool {
        isOpen = false
        socket.shutDown()
        return false
    }

    private var extensionsText: String {
        let lines = ["scripted.example"] + server.state.withLock(\.script.extensions)
        return lines.enumerated().map { "250\($0 == lines.count - 1 ? " " : "-")\($1)" }.joined(separator: "\n")
    }

    private mutating func authenticate(_ line: String) {
        let words = line.split(separator: " ")
        let mechanism = words.count > 1 ? words[1].uppercased() : ""
        if mechanism == "XOAUTH2" { return authenticate(token: words.count > 2 ? String(words[2]) : nil) }
        for challenge in Self.challenges(mechanism, hasInitialResponse: words.count > 2) {
            socket.send("334 \(challenge)\r\n")
            guard let response = reader.line() else { return }
            server.state.withLock { $0.commands.append(response) }
        }
        finishLogin()
    }

    mutating func finishLogin() {
        isAuthenticated = answer(.auth, "235 2.7.0 welcome") || isAuthenticated
    }

    func refuse(_ reply: String) {
        _ = say(reply)
    }

    /// The client's response to a challenge; nil at the end of the connection.
    mutating func challenge(_ text: String) -> String? {
        _ = say("334 \(text)")
        guard let response = reader.line() else { return nil }
        server.state.withLock { $0.commands.append(response) }
        return response
    }

    private static func challenges(_ mechanism: String, hasInitialResponse: Bool) -> [String] {
        switch mechanism {
        case "LOGIN": hasInitialResponse ? ["UGFzc3dvcmQ6"] : ["VXNlcm5hbWU6", "UGFzc3dvcmQ6"]
        default: hasInitialResponse ? [] : [""]
        }
    }

    private func path(in line: String) -> String {
        guard let start = line.firstIndex(of: "<"), let end = line.lastIndex(of: ">") else { return "" }
        return String(line[line.index(after: start)..<end])
    }
}

extension SMTPConversation {
    private mutating func takeContent() {
        guard let action = midContentAction(), action == .usual else { return }
        guard let content = readContent() else { return }
        let mail = ScriptedSMTP.Mail(
            sender: sender,
            recipients: recipients,
            content: content,
            isAuthenticated: isAuthenticated,
            connection: number
        )
        let count = server.state.withLock { state in
            state.mails.append(mail)
            return state.mails.count
        }
        _ = answer(.final, "250 2.0.0 queued as Q\(count)") { [server] in
            server.state.withLock { state in
                if let place = state.mails.lastIndex(of: mail) { state.mails.remove(at: place) }
            }
        }
    }

    /// Consults the script after the first content; nil when it ended the connection.
    private mutating func midContentAction() -> SMTPScript.Action? {
        let action = server.state.withLock { $0.script.next(.midContent) }
        guard action != .usual else { return action }
        guard reader.receive() else { return nil }
        if case .hang = action { while socket.receive() != nil {} }
        if case .sayAndCut(let text) = action { _ = say(text) }
        _ = cut()
        return nil
    }

    /// The content before its final dot, with dot-stuffing removed (RFC 5321 section 4.5.2).
    private mutating func readContent() -> [UInt8]? {
        let dot = UInt8(ascii: ".")
        var content: [UInt8] = []
        while true {
            guard let line = reader.bytes(through: "\r\n") else { return nil }
            if line == [dot, 0x0D, 0x0A] { return content }
            content += line.first == dot ? line.dropFirst() : line[...]
        }
    }
}
