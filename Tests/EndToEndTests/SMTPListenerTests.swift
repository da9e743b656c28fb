// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// Mail over SMTP from programs that people use, through a gateway to a server that receives it.
@Suite(.timeLimit(.minutes(10)), .enabled(if: TestCertificate.isAvailable, "it needs openssl"))
struct SMTPListenerTests {
    /// A gateway with a listener of each kind.
    private struct Stage {
        let folder: TestFolder
        let sink: ScriptedSMTP
        let gateway: ServingGateway
        let certificate: TestCertificate
        /// Plain, STARTTLS, implicit TLS.
        let ports: [Int]

        init(more: String = "") throws {
            sink = try ScriptedSMTP()
            folder = try TestFolder()
            certificate = try TestCertificate(in: folder.path)
            ports = try (0..<3).map { _ in try LoopbackPort.free() }
            try folder.write(
                folder.settings(
                    providers: "relay: { kind: smtp, url: \"smtp://127.0.0.1:\(sink.port)\", starttls: never }",
                    via: "relay",
                    more: """
                        smtp:
                          hostname: localhost
                          certificate: tls.pem
                          private_key: tls.key
                          listen:
                            - { address: 127.0.0.1:\(ports[0]) }
                            - { address: 127.0.0.1:\(ports[1]), tls: starttls }
                            - { address: 127.0.0.1:\(ports[2]), tls: implicit }
                          \(more)
                        """
                )
            )
            gateway = try ServingGateway(folder)
        }

        /// The mail with this subject as the receiving server got it.
        func mail(_ subject: String) async -> ScriptedSMTP.Mail? {
            var found: ScriptedSMTP.Mail?
            _ = await comesTrue {
                found = sink.mails.first { $0.text.contains("Subject: \(subject)\r\n") }
                return found != nil
            }
            return found
        }

        func python(_ script: String) throws -> String {
            let start = """
                import smtplib, ssl, sys
                from email.message import EmailMessage
                key, cert, ports = "\(folder.key)", "\(certificate.certificate)", \(ports)
                tls = ssl.create_default_context(cafile=cert)
                def message(subject, to="bo@example.net"):
                    m = EmailMessage()
                    m["From"], m["To"], m["Subject"] = "Ana <ana@example.org>", to, subject
                    m.set_content("Grüße\\n.\\n..dot\\n" + "x" * 1500 + "\\n")
                    return m

                """
            return try OutsideProgram("/usr/bin/python3", ["-c", start + script]).output()
        }
    }

    @Test func smtplibSendsOverEveryListener() async throws {
        let stage = try Stage()
        let said = try stage.python(
            """
            plain = smtplib.SMTP("localhost", ports[0])
            starttls = smtplib.SMTP("localhost", ports[1]); starttls.starttls(context=tls)
            implicit = smtplib.SMTP_SSL("localhost", ports[2], context=tls)
            for name, client in [("plain", plain), ("starttls", starttls), ("implicit", implicit)]:
                client.login("app", key)
                m = message(name)
                m["Bcc"] = "hidden@example.net"
                m["X-Posthaste-Tag"] = "t1"
                client.send_message(m)
                print(client.noop()[0], client.quit()[0])
            """
        )
        #expect(said == "250 221\n250 221\n250 221\n")
        for name in ["plain", "starttls", "implicit"] {
            let mail = try #require(await stage.mail(name))
            #expect(Set(mail.recipients) == ["bo@example.net", "hidden@example.net"])
            #expect(mail.sender == "ana@example.org")
            #expect(mail.text.hasPrefix("Received: from ") || mail.text.contains("\r\nReceived: from "))
            #expect(mail.text.contains(name == "plain" ? "with ESMTPA id" : "with ESMTPSA id"))
            #expect(mail.text.contains("Message-ID: <") && mail.text.contains("\r\nDate: "))
            #expect(!mail.text.contains("hidden@") && !mail.text.contains("X-Posthaste-Tag"))
        }
        let metrics = try await stage.gateway.get("/metrics").body
        #expect(metrics.contains("posthaste_accepted_total{via=\"smtp\"} 3"))
        #expect(metrics.contains("posthaste_smtp_sessions_total{tls=\"implicit\"} 1"))
    }

    @Test func refusalsSayWhyAndManyRecipientsAreSplit() async throws {
        let stage = try Stage()
        let narrow = try stage.folder.run(
            "keys",
            "create",
            "--name",
            "narrow",
            "--scopes",
            "send",
            "--from",
            "ana@example.org",
            "--json"
        )
        let key = try #require(TestFolder.word(after: "\"secret\":\"", in: narrow.output), "\(narrow.errors)")
        let said = try stage.python(
            #"""
            def attempt(what):
                try: print("ok", what())
                except smtplib.SMTPRecipientsRefused as e: print([c for c, _ in e.recipients.values()])
                except smtplib.SMTPResponseException as e: print(e.smtp_code, e.smtp_error.decode().split(" ")[0])
            def client(login="\#(key)"):
                c = smtplib.SMTP("localhost", ports[0])
                c.ehlo()
                if login: c.login("app", login)
                return c
            attempt(lambda: client(None).sendmail("ana@example.org", "bo@example.net", "x"))
            attempt(lambda: client("ph_" + "x" * 43))
            attempt(lambda: client().sendmail("eve@example.com", "bo@example.net", "Subject: x\n\nx"))
            attempt(lambda: client().sendmail("ana@example.org", "bo@example.net", "From: eve@example.com\n\nx"))
            attempt(lambda: client().sendmail("ana@example.org", "bo@example.net", "From: ana@example.org\nX-Posthaste-Send-At: now\n\nx"))
            m = message("many")
            to = ["r%d@example.net" % n for n in range(120)]
            attempt(lambda: client().sendmail("ana@example.org", to, m.as_bytes()))
            m["X-Posthaste-Idempotency-Key"] = "k1"
            m.replace_header("Subject", "once")
            for _ in range(2): attempt(lambda: client().sendmail("ana@example.org", to[:1], m.as_bytes()))
            """#
        )
        let expected = "530 5.7.0\n535 5.7.8\n553 5.7.1\n550 5.7.1\n554 5.6.0\nok {}\nok {}\nok {}\n"
        #expect(said == expected)
        #expect(await comesTrue { stage.sink.mails.filter { $0.text.contains("Subject: many") }.count == 3 })
        let many = stage.sink.mails.filter { $0.text.contains("Subject: many") }
        #expect(many.map(\.recipients.count).sorted() == [20, 50, 50])
        #expect(Set(many.flatMap(\.recipients)).count == 120)
        _ = await stage.mail("once")
        let metrics = try await stage.gateway.get("/metrics").body
        #expect(metrics.contains("posthaste_smtp_rejected_total{reason=\"sender\"} 2"))
        #expect(stage.sink.mails.filter { $0.text.contains("Subject: once") }.count == 1)
    }

    private static func isInstalled(_ program: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: "/usr/bin/\(program)")
    }

    @Test(
        .enabled(if: isInstalled("swaks") && isInstalled("msmtp") && isInstalled("curl"), "it needs swaks, msmtp, curl")
    )
    func swaksMsmtpAndCurlSend() async throws {
        let stage = try Stage()
        let (key, certificate) = (stage.folder.key, stage.certificate.certificate)
        for (port, tls) in [(stage.ports[0], []), (stage.ports[1], ["-tls"]), (stage.ports[2], ["-tlsc"])] {
            let login = ["--auth", tls.isEmpty ? "LOGIN" : "PLAIN", "--auth-user", "app", "--auth-password", key]
            let mail = [
                "--from", "ana@example.org", "--to", "bo@example.net,cy@example.net", "--header",
                "Subject: swaks\(port)",
            ]
            _ = try OutsideProgram(
                "/usr/bin/swaks",
                ["--server", "localhost:\(port)", "--pipeline"] + tls + login + mail
            ).output()
            #expect(await stage.mail("swaks\(port)")?.recipients.count == 2)
        }
        let letter = "\(stage.folder.path)/letter"
        try "From: ana@example.org\nTo: bo@example.net\nSubject: letter\n\n.\nend\n"
            .write(toFile: letter, atomically: true, encoding: .utf8)
        let options = [
            "--host=localhost", "--port=\(stage.ports[1])", "--tls=on", "--tls-trust-file=\(certificate)", "--auth=on",
            "--user=app", "--passwordeval=echo \(key)", "--from=ana@example.org", "bo@example.net",
        ]
        let quoted = options.map { "'\($0)'" }.joined(separator: " ")
        _ = try OutsideProgram("/bin/sh", ["-c", "msmtp --file=/dev/null \(quoted) < '\(letter)'"]).output()
        #expect(await stage.mail("letter")?.text.hasSuffix("\r\n\r\n.\r\nend\r\n") == true)
        let curl = [
            "-sS", "--url", "smtps://localhost:\(stage.ports[2])", "--cacert", certificate, "--user", "app:\(key)",
            "--mail-from", "ana@example.org", "--mail-rcpt", "di@example.net", "--upload-file", letter,
        ]
        _ = try OutsideProgram("/usr/bin/curl", curl).output()
        #expect(await comesTrue { stage.sink.mails.contains { $0.recipients == ["di@example.net"] } })
    }

    @Test func aNewCertificateIsServedWithoutARestart() async throws {
        let stage = try Stage()
        _ = try TestCertificate(in: stage.folder.path, names: ["localhost", "new.example.org"])
        #expect(stage.gateway.logLine(containing: "the certificate was read again") != nil)
        let said = try stage.python(
            "print(smtplib.SMTP_SSL('localhost', ports[2], context=ssl.create_default_context(cafile=cert)).ehlo()[0])"
        )
        #expect(said == "250\n")
        stage.gateway.signal(SIGTERM)
        #expect(stage.gateway.exitCode() == 0)
    }
}
