// SPDX-License-Identifier: Apache-2.0
import Boundary
import Foundation
import GatewayTesting
import JSON
import Testing

/// Keys made by the command, and mail signed with them as a server receives it.
@Suite(.timeLimit(.minutes(10))) struct DKIMTests {
    private static let verifier = DKIMVerifier()

    private struct Key {
        let name: String
        let record: String
        /// Its entry in the settings.
        let entry: String
        let file: String
    }

    private static func make(_ selector: String, _ options: [String] = [], in folder: TestFolder) throws -> Key {
        let made = try Posthaste.run(
            ["dkim", "new", "posthaste.example", selector, "--json"] + options,
            in: folder.path
        )
        try #require(made.code == 0, "\(made.errors)")
        let json = try JSONReader.read(Array(made.output.utf8))
        let words = try ["domain", "selector", "key"].map { "\($0): \(try #require(json["config"]?[$0]?.string))" }
        let record = json["record"]
        let value = try #require(record?["value"]?.string)
        #expect(record?["strings"]?.array?.compactMap(\.string).joined() == value)
        return Key(
            name: try #require(record?["name"]?.string),
            record: value,
            entry: "{ \(words.joined(separator: ", ")) }",
            file: try #require(json["file"]?.string)
        )
    }

    private static func settings(_ folder: TestFolder, _ sink: ScriptedSMTP, _ keys: [Key]) -> String {
        folder.settings(
            providers: "relay: { kind: smtp, url: \"smtp://127.0.0.1:\(sink.port)\", starttls: never }",
            via: "relay",
            more: "dkim: [\(keys.map(\.entry).joined(separator: ", "))]"
        )
    }

    /// A branded mail with a file of long lines and an image, and texts that dot-stuffing and trailing blanks touch.
    private static let mails = [
        """
        {"to": ["Änne <ana@example.org>", "b@example.org"], "cc": "c@example.org", "reply_to": "help@posthaste.example",
         "template": "welcome", "data": {"name": "Ana"},
         "headers": {"List-Unsubscribe": "<https://posthaste.example/u>", "X-Note": "Grüße aus Köln"},
         "attachments": [{"filename": "Bücher.bin", "content": "\(Data(repeating: 0x20, count: 3000).base64EncodedString())"}]}
        """,
        #"{"to": "a@b.example", "subject": "", "text": ".\r\n..a  b \r\n\t\r\nFrom here\r\n\r\n\r\n"}"#,
        #"{"to": "a@b.example", "bcc": "x@b.example", "subject": "a  b", "text": "", "html": "<p>Grüße</p>"}"#,
    ]

    @Test(
        .enabled(
            if: verifier != nil,
            "dkimpy is not in .build/test-python; `make test` puts it there, or name a Python in POSTHASTE_TEST_PYTHON"
        )
    )
    func serversReceiveValidSignatures() async throws {
        let verifier = try #require(Self.verifier)
        let sink = try ScriptedSMTP()
        defer { sink.stop() }
        let folder = try TestFolder(starting: [])
        let keys = [
            try Self.make("ph1", in: folder), try Self.make("ed", ["--algorithm", "ed25519"], in: folder),
        ]
        let records = Dictionary(uniqueKeysWithValues: keys.map { ($0.name, $0.record) })
        try folder.write(Self.settings(folder, sink, keys))
        let gateway = try ServingGateway(folder)
        for mail in Self.mails {
            let answer = try await gateway.client.outcome(of: mail)
            #expect(answer.state == "sent", "\(answer.body)")
        }
        var received = sink.mails.map { (label: "mail", content: $0.content) }
        #expect(received.count == Self.mails.count)
        #expect(try verifier.problems(in: received, signatures: 2, records: records) == [])
        // A reload takes a new key, and drops the old ones.
        let next = try Self.make("ph2", in: folder)
        try folder.write(Self.settings(folder, sink, [next]))
        gateway.signal(SIGHUP)
        #expect(gateway.logLine(containing: "settings were read again") != nil)
        #expect(try await gateway.client.outcome(of: Self.mails[1]).state == "sent")
        received = sink.mails.suffix(1).map { (label: "later", content: $0.content) }
        #expect(try verifier.problems(in: received, signatures: 1, records: [next.name: next.record]) == [])
    }

    @Test func newKeyIsPrivateAndNeverReplaced() throws {
        let folder = try TestFolder()
        let key = try Self.make("ph1", in: folder)
        #expect(key.file == "\(folder.path)/secrets/dkim-posthaste.example-ph1.pem")
        #expect(try FileManager.default.attributesOfItem(atPath: key.file)[.posixPermissions] as? Int == 0o600)
        let pem = try String(contentsOfFile: key.file, encoding: .utf8)
        let again = try folder.run("dkim", "new", "posthaste.example", "ph1", "--algorithm", "ed25519")
        #expect(again.code == 1 && again.errors.contains("is there already; take another selector"))
        #expect(try String(contentsOfFile: key.file, encoding: .utf8) == pem)
        let wrong = try folder.run("dkim", "new", "nowhere", "a_b")
        #expect(wrong.code == 64 && wrong.errors.split(separator: "\n").count == 2, "\(wrong.errors)")
        #expect(try folder.run("dkim", "new", "posthaste.example", "ph2", "--algorithm", "dsa").code == 64)
        let shown = try folder.run("dkim", "new", "posthaste.example", "ph2")
        #expect(shown.output.contains("ph2._domainkey.posthaste.example. IN TXT (\n    \"v=DKIM1; k=rsa; p="))
        #expect(shown.output.contains("\n    key: !file secrets/dkim-posthaste.example-ph2.pem\n"))
    }

    @Test func shortKeysAreNamedByTheChecks() throws {
        let sink = try ScriptedSMTP()
        defer { sink.stop() }
        let folder = try TestFolder()
        let key = try Self.make("ph1", in: folder)
        try folder.write(Self.settings(folder, sink, [key]))
        #expect(try !folder.run("config", "check").output.contains("DKIM key"))
        try DKIMTestKeys.short.write(toFile: key.file, atomically: false, encoding: .utf8)
        for command in [["config", "check"], ["doctor"]] {
            let result = try Posthaste.run(command, in: folder.path)
            #expect(
                result.code == 0 && result.output.contains("ph1` of posthaste.example has 1024 bits, fewer"),
                "\(result)"
            )
        }
        try DKIMTestKeys.tooShort.write(toFile: key.file, atomically: false, encoding: .utf8)
        for command in [["config", "check"], ["doctor"]] {
            let result = try Posthaste.run(command, in: folder.path)
            #expect(result.code == 78 && (result.output + result.errors).contains("fewer than 1,024 bits"), "\(result)")
        }
        #expect(try !folder.run("config", "show").output.contains("BEGIN"))
    }
}
