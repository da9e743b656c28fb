// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Settings
import Testing

@testable import Providers

@Suite struct SMTPKindTests {
    private func endpoint(_ settings: SampleSettings) throws -> SMTPEndpoint {
        let reader = settings.reader
        let reading = SMTPReading(reader)
        let endpoint = try #require(reading.endpoint(greeting: "gateway.example", connections: 7))
        #expect(reader.faults() == [])
        return endpoint
    }

    @Test func theAddressSaysHostPortAndSecurity() throws {
        let tls = try endpoint(["url": "smtps://Mail.Example.org"])
        #expect(tls.host == "mail.example.org" && tls.port == 465 && tls.security == .implicit)
        #expect(tls.hostName == "gateway.example" && tls.connections == 7)
        #expect(try endpoint(["url": "smtp://mail.example.org"]).port == 587)
        #expect(try endpoint(["url": "smtp://mail.example.org:25/"]).security == .startTLSRequired)
        #expect(try endpoint(["url": "smtp://[::1]:2525"]).host == "::1")
        #expect(try endpoint(["url": "smtp://h:1", "starttls": "when-offered"]).security == .startTLSWhenOffered)
        #expect(try endpoint(["url": "smtp://h:1", "starttls": "never"]).security == .none)
    }

    @Test func timeLimitsHaveDefaultsAndCanBeSet() throws {
        let usual = try endpoint(["url": "smtp://h"])
        #expect(usual.connectTimeout == .seconds(10) && usual.replyTimeout == .seconds(60))
        #expect(usual.finalTimeout == .seconds(300))
        let set = try endpoint(["url": "smtp://h", "timeout": ["connect": "1s", "reply": "2s", "final": "3m"]])
        #expect(
            set.connectTimeout == .seconds(1) && set.replyTimeout == .seconds(2) && set.finalTimeout == .seconds(180)
        )
    }

    @Test(arguments: [
        ("plain", [SMTPCredentials.Mechanism.plain]), ("login", [.login]), (nil, [.plain, .login]),
    ])
    func authSaysWhichLoginsMayBeUsed(auth: String?, mechanisms: [SMTPCredentials.Mechanism]) {
        var members: [(String, SampleSettings)] = [
            ("url", "smtps://h"), ("username", "u"), ("password", "p"),
        ]
        if let auth { members.append(("auth", .scalar(auth))) }
        let credentials = SMTPReading(SampleSettings.map(members).reader).credentials
        #expect(credentials == .password(user: "u", password: Secret("p"), mechanisms: mechanisms))
    }

    @Test(arguments: [
        "", "mail.example.org", "http://h", "smtp:/h", "smtp://", "smtp://h:0", "smtp://h:99999", "smtp://h:x",
        "smtp://h/path",
        "smtp://u:p@h", "smtp://h h", "smtp://h\r\n", "smtp://:25", "smtp://h#x",
    ])
    func otherAddressesAreFaultsWithAWayOut(url: String) {
        let reader = SampleSettings.map([("url", .scalar(url))]).reader
        #expect(SMTPReading(reader).endpoint(greeting: "gateway.example", connections: 1) == nil)
        #expect(reader.faults().map(\.path) == ["providers.p.url"] && reader.faults().first?.remedy != nil)
    }

    struct Faulty: Sendable, CustomTestStringConvertible {
        let settings: [String: String]
        let key: String
        var testDescription: String { settings.description }
    }

    @Test(arguments: [
        Faulty(
            settings: ["url": "smtp://h", "starttls": "never", "username": "u", "password": "hunter2"],
            key: "starttls"
        ),
        Faulty(
            settings: ["url": "smtp://h", "starttls": "when-offered", "username": "u", "password": "hunter2"],
            key: "starttls"
        ),
        Faulty(settings: ["url": "smtps://h", "starttls": "required"], key: "starttls"),
        Faulty(settings: ["url": "smtps://h", "username": "u"], key: "username"),
        Faulty(settings: ["url": "smtps://h", "password": "hunter2"], key: "password"),
        Faulty(settings: ["url": "smtps://h", "auth": "plain"], key: "auth"),
        Faulty(
            settings: ["url": "smtps://h", "auth": "cram-md5", "username": "u", "password": "hunter2"],
            key: "auth"
        ),
        Faulty(settings: ["url": "smtps://h", "pinned_key": "abc"], key: "pinned_key"),
        Faulty(settings: ["url": "smtps://h", "usrname": "u"], key: "usrname"),
    ])
    func unsafeOrHalfSettingsAreFaults(faulty: Faulty) throws {
        let reader = SampleSettings.map(faulty.settings.map { ($0, .scalar($1)) }).reader
        _ = ProviderKind.smtp.read(reader, SampleProvider.sample().context)
        #expect(reader.faults().map(\.path) == ["providers.p.\(faulty.key)"])
        #expect(!"\(reader.faults())".contains("hunter2"))
    }

    @Test(arguments: ["127.0.0.1", "localhost", "[::1]", "127.8.9.10"])
    func theLoopbackNeedsNoTLS(host: String) throws {
        let settings: SampleSettings = [
            "url": .scalar("smtp://\(host):2525"), "starttls": "never", "username": "u", "password": "p",
        ]
        #expect(try endpoint(settings).security == .none)
    }

    @Test(arguments: ["127.0.0.1.example.org", "localhost.example.org", "128.0.0.1", "127.1"])
    func whatLooksLikeLoopbackDoes(host: String) {
        #expect((try? SMTPAddress.parse("smtp://\(host)").get())?.isLoopback == false)
    }
}
