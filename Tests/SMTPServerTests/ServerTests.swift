// SPDX-License-Identifier: Apache-2.0
import Basics
import Foundation
import GatewayTesting
import Logging
import NIOCore
import NIOPosix
import ServerTLS
import Synchronization
import Testing

@testable import SMTPServer

@Suite(.timeLimit(.minutes(5)))
struct ServerTests {
    private static let login = "AUTH PLAIN \(Base64.encode(Array("\0app\0good".utf8)))"

    /// A moment within the validity of a certificate that was made just now.
    private static var now: Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000) + 60_000) }

    private static func temporaryFolder() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "smtp-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    /// A client that has logged in.
    private static func loggedIn(
        _ server: ServerUnderTest,
        trusting certificate: String? = nil,
        tls: Bool = false
    ) async throws -> TestClient {
        let client = try await TestClient.connect(to: server.port, trusting: certificate, tls: tls)
        _ = await client.reply()
        _ = await client.say("EHLO client")
        #expect(await client.say(login).hasPrefix("235"))
        return client
    }

    private static func beginData(_ client: TestClient) async {
        #expect(await client.say("MAIL FROM:<ana@example.org>").hasPrefix("250"))
        #expect(await client.say("RCPT TO:<bo@example.net>").hasPrefix("250"))
        #expect(await client.say("DATA").hasPrefix("354"))
    }

    @Test func aMailPassesOverASocket() async throws {
        let server = try await ServerUnderTest()
        let client = try await Self.loggedIn(server)
        await Self.beginData(client)
        let line = String(repeating: "x", count: 998) + "\r\n"
        let body = String(repeating: line, count: 3000)
        #expect(await client.say("Subject: x\r\n\r\n\(body).") == "250 2.0.0 Ok: queued as msg_1\r\n")
        let mail = try #require(server.submission.mails.first)
        #expect(mail.content.count == body.utf8.count + 14)
        #expect(mail.login == MemorySubmission.login && mail.client?.isLoopback == true)
        #expect(await client.say("QUIT").hasPrefix("221"))
        #expect(await client.closes())
        #expect(await comesTrue { server.connections.count == 0 })
        #expect(server.events == [.connected(.plain)])
    }

    @Test(.enabled(if: TestCertificate.isAvailable, "it needs openssl")) func mailPassesOverTLS() async throws {
        let folder = try Self.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let files = try TestCertificate(in: folder)
        let live = try LiveCertificate(CertificateFiles(certificate: files.certificate, privateKey: files.privateKey))
        #expect(live.current.names == ["localhost", "127.0.0.1"])
        let implicit = try await ServerUnderTest(.implicit, certificate: live)
        let first = try await TestClient.connect(to: implicit.port, trusting: files.certificate, tls: true)
        #expect(await first.reply().hasPrefix("220"))
        #expect(await first.say("EHLO x").contains("AUTH PLAIN LOGIN"))
        let starttls = try await ServerUnderTest(.starttls, certificate: live)
        let second = try await TestClient.connect(to: starttls.port, trusting: files.certificate)
        _ = await second.reply()
        #expect(await second.say("EHLO x").contains("STARTTLS"))
        #expect(await second.say("STARTTLS").hasPrefix("220"))
        try await second.startTLS()
        #expect(await !second.say("EHLO x").contains("STARTTLS"))
        #expect(await second.say(Self.login).hasPrefix("235"))
        await Self.beginData(second)
        #expect(await second.say("\r\nx\r\n.").hasPrefix("250"))
        #expect(starttls.submission.mails.first?.envelope.protocolName == "ESMTPSA")
    }

    @Test(.enabled(if: TestCertificate.isAvailable, "it needs openssl")) func aCertificateFollowsItsFiles() async throws
    {
        let folder = try Self.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let files = try TestCertificate(in: folder)
        let live = try LiveCertificate(CertificateFiles(certificate: files.certificate, privateKey: files.privateKey))
        let server = try await ServerUnderTest(.implicit, certificate: live)
        #expect(try live.refresh(now: Self.now) == nil)
        let key = try Data(contentsOf: URL(filePath: files.privateKey))
        let new = try TestCertificate(in: folder, names: ["localhost", "new.example.org", "*.wild.example.org"])
        let newKey = try Data(contentsOf: URL(filePath: files.privateKey))
        try key.write(to: URL(filePath: files.privateKey))
        #expect(throws: CertificateFault.foreignPrivateKey) { try live.refresh(now: Self.now) }
        #expect(live.current.names == ["localhost", "127.0.0.1"])
        try newKey.write(to: URL(filePath: files.privateKey))
        #expect(try live.refresh(now: Self.now)?.covers("new.example.org") == true)
        #expect(live.current.covers("A.wild.example.org") && !live.current.covers("wild.example.org"))
        #expect(live.current.covers("127.0.0.1") && !live.current.covers("a.b.wild.example.org"))
        #expect(live.current.fault(at: live.current.notAfter) == .expired(live.current.notAfter))
        let client = try await TestClient.connect(to: server.port, trusting: new.certificate, tls: true)
        #expect(await client.reply().hasPrefix("220"))
    }

    @Test(.enabled(if: TestCertificate.isAvailable, "it needs openssl"))
    func anExpiredCertificateReplacesNoValidOne() throws {
        let folder = try Self.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let files = try TestCertificate(in: folder, names: ["old.example.org"])
        let live = try LiveCertificate(CertificateFiles(certificate: files.certificate, privateKey: files.privateKey))
        let (notBefore, notAfter) = (live.current.summary.notBefore, live.current.notAfter)
        _ = try TestCertificate(in: folder, names: ["new.example.org"], days: 10)
        let newEnd = try CertificateFiles(certificate: files.certificate, privateKey: files.privateKey).load().notAfter
        #expect(throws: CertificateFault.expired(newEnd)) { try live.refresh(now: newEnd) }
        #expect(live.current.covers("old.example.org"), "the valid one stays")
        #expect(try live.refresh(now: newEnd) == nil, "the fault is reported once")
        #expect(try live.refresh(now: notAfter)?.covers("new.example.org") == true, "neither is valid: the files count")
        let late = try TestCertificate(in: folder, names: ["late.example.org"], days: -1)
        let expired = try LiveCertificate(CertificateFiles(certificate: late.certificate, privateKey: late.privateKey))
        #expect(expired.current.fault(at: notBefore) != nil, "an expired one is a warning at the start")
    }

    @Test func aSlowStoreStopsTheReadingAndAFastAnswerGoesOn() async throws {
        let server = try await ServerUnderTest()
        let client = try await Self.loggedIn(server)
        await Self.beginData(client)
        server.submission.state.withLock { $0.holds = true }
        await client.send("\r\nx\r\n.\r\nNOOP\r\n")
        #expect(await comesTrue { server.submission.state.withLock { !$0.held.isEmpty } })
        server.submission.release()
        #expect(await client.reply().hasPrefix("250 2.0.0 Ok: queued"))
        #expect(await client.reply() == "250 2.0.0 Ok\r\n")
    }

    @Test func connectionsHaveLimitsInAllAndPerClient() async throws {
        let perClient = try await ServerUnderTest { $0.connectionsPerClient = 2 }
        var clients: [TestClient] = []
        for expected in ["220", "220", "421 4.7.0"] {
            clients.append(try await TestClient.connect(to: perClient.port))
            #expect(await clients.last?.reply().hasPrefix(expected) == true)
        }
        #expect(await clients[2].closes())
        #expect(await comesTrue { perClient.connections.count == 2 })
        await clients[0].disconnect()
        #expect(await comesTrue { perClient.connections.count == 1 })
        let next = try await TestClient.connect(to: perClient.port)
        #expect(await next.reply().hasPrefix("220"))
        let all = try await ServerUnderTest { $0.connections = 0 }
        let refused = try await TestClient.connect(to: all.port)
        #expect(await refused.reply().hasPrefix("421 4.3.2"))
        #expect(all.events.contains(.refused(.connections)))
    }

    @Test func refusedConnectionsTakeNoPlaceOfOthers() throws {
        var settings = SMTPServerSettings(hostname: "mail.example.org")
        (settings.connections, settings.connectionsPerClient) = (100, 2)
        let connections = SMTPConnections(settings)
        let (one, other) = (try #require(IPAddress("192.0.2.1")), try #require(IPAddress("192.0.2.2")))
        let places = (1...1000).map { _ in connections.admit(one, now: .now) { _ in } }
        #expect(places.prefix(2).allSatisfy { $0 != nil && $0?.refusal == nil })
        #expect(places.dropFirst(2).prefix(64).allSatisfy { $0?.refusal == .tooManyFromClient })
        #expect(places.dropFirst(66).allSatisfy { $0 == nil } && connections.count == 66)
        let place = connections.admit(other, now: .now) { _ in }
        #expect(place != nil && place?.refusal == nil)
        for place in places { place.map { connections.leave($0.number) } }
        let next = connections.admit(one, now: .now) { _ in }
        #expect(next != nil && next?.refusal == nil && connections.count == 2)
    }

    @Test func tenConnectionsWithAFailedLoginLockTheClientOut() async throws {
        let server = try await ServerUnderTest()
        let wrong = "AUTH PLAIN \(Base64.encode(Array("\0app\0wrong".utf8)))"
        for _ in 1...10 {
            let client = try await TestClient.connect(to: server.port)
            _ = await client.reply()
            _ = await client.say("EHLO x")
            #expect(await client.say(wrong).hasPrefix("535 5.7.8"))
            await client.disconnect()
        }
        let late = try await TestClient.connect(to: server.port)
        #expect(await late.reply().hasPrefix("421 4.7.0 Too many failed logins"))
    }

    @Test func trustedClientsActAsTheirKey() async throws {
        for (key, reply) in [("devices", "250"), ("gone", "454")] {
            let network = try #require(IPNetwork("127.0.0.0/8"))
            let server = try await ServerUnderTest {
                $0.trusted = [SMTPServerSettings.Trust(network: network, key: key)]
            }
            let client = try await TestClient.connect(to: server.port)
            _ = await client.reply()
            _ = await client.say("HELO scanner")
            #expect(await client.say("MAIL FROM:<scan@example.org>").hasPrefix(reply))
            _ = await client.say("RSET")
            server.connections.configure(SMTPServerSettings(hostname: "mail.example.org"))
            #expect(
                await client.say("MAIL FROM:<scan@example.org>").hasPrefix("530 5.7.0"),
                "trust counts at each MAIL"
            )
        }
    }

    @Test func stoppingLetsAMailUnderWayEnd() async throws {
        let server = try await ServerUnderTest()
        let idle = try await TestClient.connect(to: server.port)
        _ = await idle.reply()
        let busy = try await Self.loggedIn(server)
        await Self.beginData(busy)
        await busy.send("Subject: x\r\n")
        await server.stop()
        #expect(await idle.reply().hasPrefix("421 4.3.2"))
        #expect(await busy.say("\r\nx\r\n.").hasPrefix("250 2.0.0 Ok: queued as msg_1"))
        #expect(await busy.reply().hasPrefix("421 4.3.2"))
        try await server.end()
        #expect(server.submission.mails.count == 1)
    }

    @Test(.enabled(if: TestCertificate.isAvailable, "it needs openssl"))
    func aConnectionWithoutAHandshakeDelaysNoShutdown() async throws {
        let folder = try Self.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let files = try TestCertificate(in: folder)
        let live = try LiveCertificate(CertificateFiles(certificate: files.certificate, privateKey: files.privateKey))
        let server = try await ServerUnderTest(.implicit, certificate: live) {
            ($0.drain, $0.limits.handshake) = (.seconds(3600), .seconds(3600))
        }
        let silent = try await TestClient.connect(to: server.port)
        #expect(await comesTrue { server.connections.count == 1 })
        await server.stop()
        try await server.end()
        #expect(await silent.closes())
    }

    @Test func aMailThatDoesNotEndDelaysNoShutdown() async throws {
        let server = try await ServerUnderTest { $0.drain = .milliseconds(50) }
        let busy = try await Self.loggedIn(server)
        await Self.beginData(busy)
        await server.stop()
        try await server.end()
        #expect(await busy.closes())
        #expect(server.submission.mails.isEmpty)
    }

    @Test(.enabled(if: TestCertificate.isAvailable, "it needs openssl"), arguments: [SMTPSecurity.plain, .implicit])
    func aClientThatClosesItsSideGetsTheReplyToItsMail(security: SMTPSecurity) async throws {
        let folder = try Self.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let files = try TestCertificate(in: folder)
        let live = try LiveCertificate(CertificateFiles(certificate: files.certificate, privateKey: files.privateKey))
        let server = try await ServerUnderTest(security, certificate: live)
        let client = try await Self.loggedIn(server, trusting: files.certificate, tls: security == .implicit)
        await Self.beginData(client)
        server.submission.state.withLock { $0.holds = true }
        await client.send("\r\nx\r\n.\r\n")
        await client.closeOutput()
        #expect(await comesTrue { server.submission.state.withLock { !$0.held.isEmpty } })
        server.submission.release()
        #expect(await client.reply().hasPrefix("250 2.0.0 Ok: queued"))
        #expect(await client.closes())
    }

    @Test func theMemoryForContentIsSharedAndReleased() async throws {
        let server = try await ServerUnderTest { $0.contentBytes = 100_000 }
        let memory = server.connections.content
        let (first, second) = (try await Self.loggedIn(server), try await Self.loggedIn(server))
        await Self.beginData(first)
        await Self.beginData(second)
        server.submission.state.withLock { $0.holds = true }
        let line = String(repeating: "x", count: 998) + "\r\n"
        await first.send(String(repeating: line, count: 90) + ".\r\n")
        #expect(await comesTrue { server.submission.state.withLock { !$0.held.isEmpty } })
        #expect(memory.used == 90_000, "a mail that is being stored counts")
        #expect(await second.say(String(repeating: line, count: 20) + ".").hasPrefix("452 4.3.1"))
        #expect(memory.used == 90_000)
        await first.disconnect()
        server.submission.release()
        #expect(await comesTrue { memory.used == 0 })
        await Self.beginData(second)
        await second.send(String(repeating: line, count: 20))
        #expect(await comesTrue { memory.used == 20_000 })
        await second.disconnect()
        #expect(await comesTrue { memory.used == 0 })
        #expect(server.submission.mails.count == 1)
    }

    @Test func anErrorOfAcceptPausesTheReading() async throws {
        let reads = ReadCounter()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                    try channel.pipeline.syncOperations.addHandler(ReadCounter.Handler(reads))
                    try channel.pipeline.syncOperations.addHandler(AcceptPause(.milliseconds(20), logger: logger))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let before = try await channel.eventLoop.submit {
            channel.pipeline.fireErrorCaught(IOError(errnoCode: EMFILE, reason: "accept"))
            let before = reads.count
            for _ in 1...100 { channel.read() }
            #expect(reads.count == before)
            return before
        }.get()
        #expect(await comesTrue { reads.count == before + 1 }, "the held read happens once")
        try await channel.close()
    }

    @Test func whatIsRefusedReachesTheClientThoughItGoesOnSending() async throws {
        let server = try await ServerUnderTest()
        let client = try await TestClient.connect(to: server.port)
        _ = await client.reply()
        await client.send("GET / HTTP/1.1\r\n" + String(repeating: "x: y\r\n", count: 50_000))
        #expect(await client.reply().hasPrefix("421 4.7.0"))
        #expect(await client.closes())
        #expect(server.events == [.connected(.plain), .refused(.foreign)])
    }
}

/// Counts the reads that reach a channel.
private final class ReadCounter: Sendable {
    final class Handler: ChannelOutboundHandler {
        typealias OutboundIn = any Channel

        private let counter: ReadCounter

        init(_ counter: ReadCounter) { self.counter = counter }

        func read(context: ChannelHandlerContext) {
            counter.reads.withLock { $0 += 1 }
            context.read()
        }
    }

    private let reads = Mutex(0)

    var count: Int { reads.withLock { $0 } }
}
