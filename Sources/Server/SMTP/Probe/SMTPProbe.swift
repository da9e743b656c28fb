// SPDX-License-Identifier: Apache-2.0
package import Basics
internal import NIOCore
internal import NIOSSL
internal import ServerTLS

/// Looks at an SMTP server as a client would; sends mail only when it is asked to.
package struct SMTPProbe: Sendable {
    package struct Target: Sendable {
        package var host: String
        package var port: Int
        /// The name that the certificate must have.
        package var name: String
        /// True when TLS begins with the connection.
        package var isImplicit: Bool

        package init(host: String, port: Int, name: String, isImplicit: Bool) {
            (self.host, self.port, self.name, self.isImplicit) = (host, port, name, isImplicit)
        }
    }

    package struct Finding: Sendable, Hashable {
        package enum Verdict: String, Sendable {
            case ok, warning, fault
        }

        package let subject: String
        package let verdict: Verdict
        package let detail: String
    }

    /// A mail to send.
    package struct Mail: Sendable {
        package var from: String
        package var to: String

        package init(from: String, to: String) { (self.from, self.to) = (from, to) }
    }

    private let target: Target
    private let now: Timestamp
    private var findings: [Finding] = []

    package init(_ target: Target, now: Timestamp) {
        (self.target, self.now) = (target, now)
    }

    /// Connects, and returns what it found, in order.
    ///
    /// With `key` it logs in. With `mail` it sends one.
    package static func run(
        _ target: Target,
        user: String,
        key: Secret?,
        mail: Mail?,
        now: Timestamp
    ) async -> [Finding] {
        var probe = SMTPProbe(target, now: now)
        await probe.look(user: user, key: key, mail: mail)
        return probe.findings
    }

    private mutating func note(_ subject: String, _ verdict: Finding.Verdict, _ detail: String) {
        findings.append(Finding(subject: subject, verdict: verdict, detail: detail))
    }

    private mutating func look(user: String, key: Secret?, mail: Mail?) async {
        do {
            let connection = try await open()
            defer { Task { await connection.close() } }
            try await checkRelay(connection)
            if let key { try await logIn(connection, user, key, mail) }
            _ = try await connection.say("QUIT")
        } catch let failure as SMTPProbeConnection.Failure {
            note("connection", .fault, failure.words)
        } catch {
            note("connection", .fault, "\(target.host):\(target.port): \(error)")
        }
    }

    /// Connects, and begins TLS where it is offered; the certificate is checked, and a bad one is noted.
    private mutating func open() async throws -> SMTPProbeConnection {
        do {
            return try await open(.fullVerification, isFirst: true)
        } catch let failure as SMTPProbeConnection.Failure {
            guard failure.words.contains("CERTIFICATE") || failure.words.lowercased().contains("hostname") else {
                throw failure
            }
            note("certificate", .warning, "clients do not trust it without help: \(failure.words)")
            findings.removeAll { $0.subject == "greeting" || $0.subject == "STARTTLS" }
            return try await open(.none, isFirst: false)
        }
    }

    private mutating func open(
        _ verification: CertificateVerification,
        isFirst: Bool
    ) async throws -> SMTPProbeConnection {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = verification
        configuration.minimumTLSVersion = .tlsv12
        let context = try NIOSSLContext(configuration: configuration)
        let connection = try await SMTPProbeConnection.connect(
            host: target.host,
            port: target.port,
            tls: target.isImplicit ? context : nil,
            name: target.name
        )
        let greeting = try await connection.reply()
        note("greeting", greeting.code == 220 ? .ok : .fault, greeting.text)
        guard greeting.code == 220 else { throw SMTPProbeConnection.Failure(words: "the server refuses clients") }
        var keywords = try await connection.say("EHLO posthaste.test").lines.dropFirst()
        if target.isImplicit {
            await noteCertificate(connection)
        } else if keywords.contains("STARTTLS") {
            let reply = try await connection.say("STARTTLS")
            guard reply.code == 220 else { throw SMTPProbeConnection.Failure(words: "STARTTLS: \(reply.text)") }
            try await connection.startTLS(context, name: target.name)
            keywords = try await connection.say("EHLO posthaste.test").lines.dropFirst()
            note("STARTTLS", .ok, "TLS is on")
            await noteCertificate(connection)
        } else {
            note("TLS", .warning, "this port has none; use it on one machine, or in a network of its own")
        }
        note("EHLO", .ok, keywords.joined(separator: ", "))
        return connection
    }

    private mutating func noteCertificate(_ connection: SMTPProbeConnection) async {
        guard let certificate = await connection.certificate() else { return }
        let names = certificate.names.isEmpty ? "no name" : certificate.names.joined(separator: ", ")
        let isGood = certificate.covers(target.name) && certificate.fault(at: now) == nil
        let fault = certificate.fault(at: now)?.problem
        let foreign = certificate.covers(target.name) ? nil : "it is not for \(target.name)"
        let words = [fault, foreign].compactMap(\.self).joined(separator: "; ")
        note(
            "certificate",
            isGood ? .ok : .fault,
            "for \(names), until \(certificate.notAfter)\(words.isEmpty ? "" : ": \(words)")"
        )
    }

    /// A server that takes mail for other domains without a login is an open relay.
    private mutating func checkRelay(_ connection: SMTPProbeConnection) async throws {
        let mail = try await connection.say("MAIL FROM:<probe@example.com>")
        if mail.code >= 500 { return note("relay", .ok, "refused without a login: \(mail.text)") }
        let recipient = try await connection.say("RCPT TO:<probe@example.net>")
        let isOpen = recipient.code < 400
        note(
            "relay",
            isOpen ? .warning : .ok,
            isOpen ? "this client may send without a login; its address is in `trusted`" : "refused: \(recipient.text)"
        )
        _ = try await connection.say("RSET")
    }

    private mutating func logIn(
        _ connection: SMTPProbeConnection,
        _ user: String,
        _ key: Secret,
        _ mail: Mail?
    ) async throws {
        let response = Base64.encode(Array("\0\(user)\0\(key.exposed)".utf8))
        let reply = try await connection.say("AUTH PLAIN \(response)")
        note("login", reply.code == 235 ? .ok : .fault, reply.text)
        guard reply.code == 235, let mail else { return }
        for command in ["MAIL FROM:<\(mail.from)>", "RCPT TO:<\(mail.to)>", "DATA"] {
            let reply = try await connection.say(command)
            guard reply.code < 400 else { return note("mail", .fault, "\(command): \(reply.text)") }
        }
        let text =
            "From: <\(mail.from)>\r\nTo: <\(mail.to)>\r\nSubject: Test by posthaste smtp test\r\n\r\nIt works.\r\n."
        let end = try await connection.say(text)
        note("mail", end.code == 250 ? .ok : .fault, end.text)
    }
}
