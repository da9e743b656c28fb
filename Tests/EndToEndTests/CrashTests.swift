// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Synchronization
import Testing

/// Contract section 5: a message that was answered with 202 survives `kill -9`, and a crash causes at most one duplicate of
/// each message that was being sent.
@Suite(.timeLimit(.minutes(10))) struct CrashTests {
    private static let concurrency = 4

    @Test func killedManyTimesUnderLoadItLosesNothing() async throws {
        let sink = try ScriptedSMTP()
        defer { sink.stop() }
        let relay =
            "relay: { kind: smtp, url: \"smtp://127.0.0.1:\(sink.port)\", starttls: never, "
            + "limits: { concurrency: \(Self.concurrency) } }"
        let folder = try TestFolder(providers: relay, via: "relay")
        var ids: Set<String> = []
        let deaths = 10
        for round in 1...deaths {
            let gateway = try ServingGateway(folder)
            ids.formUnion(await Self.loadAndKill(gateway, after: 15 * round))
            _ = gateway.exitCode()
        }
        let last = try ServingGateway(folder)
        _ = await comesTrue { ids.isSubset(of: Self.arrivals(at: sink).keys) }
        let delivered = Self.arrivals(at: sink)
        #expect(ids.isSubset(of: delivered.keys), "lost: \(ids.subtracting(delivered.keys))")
        let duplicates = delivered.values.reduce(0) { $0 + $1 - 1 }
        #expect(duplicates <= deaths * Self.concurrency)
        #expect(try await last.get("/v1/messages?state=sending").body.contains("\"messages\":[]"))
    }

    @Test func deadGatewaysMailIsTakenOverAtOnce() async throws {
        var script = SMTPScript()
        script.on(.final, .hang)
        let sink = try ScriptedSMTP(script)
        defer { sink.stop() }
        let relay = "relay: { kind: smtp, url: \"smtp://127.0.0.1:\(sink.port)\", starttls: never }"
        let folder = try TestFolder(providers: relay, via: "relay")
        let first = try ServingGateway(folder)
        let answer = try await first.post("/v1/messages", Self.mail(1))
        let id = try #require(TestFolder.word(after: "\"id\":\"", in: answer.body))
        // The whole message has arrived, and its answer hangs; the answer to the second gateway will not.
        #expect(await comesTrue { !sink.mails.isEmpty })
        #expect(try await first.get("/v1/messages/\(id)").body.contains("\"state\":\"sending\""))
        first.signal(SIGKILL)
        _ = first.exitCode()
        let second = try ServingGateway(folder)
        #expect(try await comesTrue { try await second.get("/v1/messages/\(id)").body.contains("\"state\":\"sent\"") })
        // The hanging attempt had sent the whole message too: this is the one duplicate that a crash may cause.
        #expect(sink.mails.count <= 2)
    }

    private static func mail(_ number: Int) -> String {
        #"{"to": "ana\#(number)@example.org", "subject": "Number \#(number)", "text": "Hello"}"#
    }

    /// Posts from eight tasks, kills the gateway meanwhile, and returns the ids that were accepted by then.
    private static func loadAndKill(_ gateway: ServingGateway, after goal: Int) async -> Set<String> {
        let (client, process, accepted) = (gateway.client, gateway.id, Tally())
        return await withTaskGroup(of: [String].self) { group in
            for _ in 1...8 {
                group.addTask {
                    var ids: [String] = []
                    // Until the gateway is dead: a request without an answer is not accepted.
                    while let answer = try? await client.post("/v1/messages", mail(goal)), answer.status == 202 {
                        if let id = TestFolder.word(after: "\"id\":\"", in: answer.body) { ids.append(id) }
                        if accepted.next() == goal { kill(process, SIGKILL) }
                    }
                    return ids
                }
            }
            return await group.reduce(into: []) { $0.formUnion($1) }
        }
    }

    /// How often each message arrived.
    private static func arrivals(at sink: ScriptedSMTP) -> [String: Int] {
        let arrived = sink.mails.compactMap { mail in
            mail.text.firstRange(of: "Message-ID: <").map { found in
                "msg_" + mail.text[found.upperBound...].prefix { $0 != "@" }
            }
        }
        return Dictionary(arrived.map { ($0, 1) }, uniquingKeysWith: +)
    }
}

/// A counter for several tasks.
private final class Tally: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
