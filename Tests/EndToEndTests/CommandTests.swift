// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite struct CommandTests {
    @Test func initWritesWhatTheGatewayNeeds() throws {
        let folder = try TestFolder()
        let key = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/secrets/sealing.key")
        #expect(key[.posixPermissions] as? Int == 0o600)
        #expect(try folder.run("config", "check").code == 0)
        let again = try folder.run("init")
        #expect(again.code == 1)
        #expect(again.errors.hasPrefix("posthaste.yaml is there already\n"))
    }

    @Test func badConfigEndsWith78AndAllItsFaults() throws {
        let folder = try TestFolder()
        try folder.write(folder.settings(providers: "inbox: { kind: captur }", via: "inbx"))
        let result = try folder.run("config", "check")
        #expect(result.code == 78)
        #expect(
            result.errors == """
                posthaste.yaml:4:29: providers.inbox.kind: this version has no kind of provider called `captur`; did you \
                mean `capture`?
                posthaste.yaml:5:17: routes[0].via: there is no provider `inbx`; did you mean `inbox`?

                """
        )
    }

    @Test func missingConfigEndsWith78() throws {
        let folder = try TestFolder()
        let result = try folder.run("keys", "list", "--config", "none.yaml")
        #expect(result.code == 78)
        #expect(result.errors.hasPrefix("none.yaml:1:1: there is no such settings file; "))
    }

    @Test(arguments: [["nonsense"], ["send"], ["keys", "create"], ["messages", "list", "--state", "lost"]])
    func wrongUsageEndsWith64(_ arguments: [String]) throws {
        let folder = try TestFolder()
        #expect(try Posthaste.run(arguments, in: folder.path).code == 64)
    }

    @Test func keyForSESNeedsASealingKey() throws {
        let folder = try TestFolder()
        let create = ["keys", "create", "--name", "shop", "--front", "ses", "--json"]
        let made = try Posthaste.run(create, in: folder.path)
        #expect(made.code == 0, "\(made.errors)")
        #expect(TestFolder.word(after: "\"access_key_id\":\"", in: made.output)?.hasPrefix("key_") == true)
        #expect(TestFolder.word(after: "\"secret_access_key\":\"", in: made.output)?.count == 43)
        let settings = folder.settings(providers: "inbox: { kind: capture }", via: "inbox")
        let lines = settings.split(separator: "\n").filter { !$0.hasPrefix("sealing_key") }
        try folder.write(lines.joined(separator: "\n"))
        let refused = try Posthaste.run(create, in: folder.path)
        #expect(refused.code == 1)
        #expect(refused.errors.contains("`--front ses` needs a sealing key"))
        // Nothing is made that the operator does not see.
        #expect(try folder.run("keys", "list").output.split(separator: "\n").count { $0.contains("shop") } == 1)
    }

    @Test func sendIsCheckedAsTheAPIDoes() throws {
        let folder = try TestFolder()
        let result = try folder.run("send", "--to", "nobody", "--template", "welcome", "--brand", "wst")
        #expect(result.code == 1)
        #expect(result.output.isEmpty)
        #expect(
            result.errors.split(separator: "\n").map { $0.prefix { $0 != ":" } }.sorted() == [
                "/brand", "/data/name", "/to/0",
            ]
        )
    }

    @Test func sentMailMayBeCancelledUntilItIsTaken() throws {
        let folder = try TestFolder()
        let sent = try folder.run("send", "--to", "a@b.example", "--subject", "Hi", "--text", "-", input: "Hello")
        #expect(sent.code == 0)
        #expect(sent.output.contains("is queued"))
        let cancelled = try folder.run("messages", "cancel", String(sent.output.prefix { $0 != " " }))
        #expect(cancelled.code == 0)
        #expect(cancelled.output.contains("is cancelled"))
    }

    @Test func messagesAreFoundByWhatTheyAreLike() throws {
        let folder = try TestFolder()
        let template = ["send", "--to", "a@b.example", "--template", "welcome", "--data", "-", "--json"]
        let welcome = try Posthaste.run(template, in: folder.path, input: #"{"name": "Ana"}"#)
        let plain = try folder.run("send", "--to", "a@b.example", "--subject", "Ünï 1", "--text", "-", input: "Hello")
        let ids = [
            try #require(TestFolder.word(after: "\"id\":\"", in: welcome.output)),
            String(plain.output.prefix { $0 != " " }),
        ]
        let subject = try folder.run("messages", "source", ids[0]).output.split(whereSeparator: \.isNewline)
            .first { $0.hasPrefix("Subject: ") }?.dropFirst("Subject: ".count).split(separator: " ").first
        let word = String(try #require(subject)).trimmingCharacters(in: .whitespacesAndNewlines)
        let expected: [([String], [Bool])] = [
            (["--subject", word.uppercased()], [true, false]), (["--subject", "ÜNÏ"], [false, true]),
            (["--since", "1h"], [true, true]), (["--until", "1h"], [false, false]),
            (["--since", "2026-01-01T00:00:00Z", "--tag", "vip"], [false, false]),
        ]
        for (arguments, found) in expected {
            let list = try Posthaste.run(["messages", "list"] + arguments, in: folder.path)
            #expect(
                list.code == 0 && ids.map { list.output.contains($0) } == found,
                "\(arguments): \(list.output)\(list.errors)"
            )
        }
        let wrong = try folder.run("messages", "list", "--since", "soon", "--until", "late", "--state", "lost")
        #expect(wrong.code == 64 && wrong.errors.split(separator: "\n").count == 3, "\(wrong.errors)")
    }

    @Test func mustacheIsRenderedByteForByte() throws {
        let folder = try TestFolder()
        try "{{greeting}}, {{{who}}}{{>end}}".write(
            toFile: "\(folder.path)/t.mustache",
            atomically: true,
            encoding: .utf8
        )
        try "!\n".write(toFile: "\(folder.path)/end.mustache", atomically: true, encoding: .utf8)
        let data = #"{"greeting": "<Hi>", "who": "<you>"}"#
        let result = try folder.run("templates", "eval", "t.mustache", "--data", "-", "--partials", ".", input: data)
        #expect(result.output == "&lt;Hi&gt;, <you>!\n")
    }

    @Test func keysAreListedAndRevoked() throws {
        let folder = try TestFolder()
        let made = try folder.run("keys", "create", "--name", "shop", "--scopes", "send,read", "--json")
        let id = try #require(TestFolder.word(after: "\"id\":\"", in: made.output))
        #expect(try folder.run("keys", "revoke", id).code == 0)
        #expect(try folder.run("keys", "revoke", id).code == 1)
        let list = try folder.run("keys", "list").output
        #expect(list.contains("shop"))
        #expect(!list.contains("ph_"))
    }

    @Test func secretsAreNotShown() throws {
        let folder = try TestFolder()
        let key = try String(contentsOfFile: "\(folder.path)/secrets/sealing.key", encoding: .utf8).prefix(40)
        for arguments in [["config", "show"], ["config", "show", "--json"], ["doctor"]] {
            #expect(try !Posthaste.run(arguments, in: folder.path).output.contains(key))
        }
    }
}
