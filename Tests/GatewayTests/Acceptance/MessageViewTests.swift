// SPDX-License-Identifier: Apache-2.0
import Basics
import JSON
import Synchronization
import Testing

@testable import Queue
@testable import Submission

@Suite struct MessageViewTests {
    private func record(_ body: JSON) async throws -> MessageRecord {
        let bench = AcceptanceBench()
        _ = try await bench.acceptance.accept(body, from: .commandLine)
        return .fixture(try #require(bench.store.messages.first), state: .sent)
    }

    @Test func messageShowsWhatWasAskedAndWhatBecameOfIt() async throws {
        var record = try await record([
            "to": "Ana <ana@example.org>", "bcc": ["b@example.org"], "subject": "Hi", "text": "there", "tags": ["a"],
            "metadata": ["order": "1"], "headers": ["X-A": "b"], "provider": "inbox",
            "attachments": [["filename": "a.txt", "content": "QUJD"]],
        ])
        record.failure = MessageFailure(kind: "transient", code: "smtp.451", detail: "later")
        let view = MessageView.message(record)
        #expect(view["id"] == .string(record.id))
        #expect(view["state"] == "sent")
        #expect(view["from"] == ["email": "noreply@posthaste.example", "name": "Posthaste"])
        #expect(view["to"] == [["email": "ana@example.org", "name": "Ana"]])
        #expect(view["bcc"] == [["email": "b@example.org", "name": nil]])
        #expect(view["subject"] == "Hi")
        #expect(view["tags"] == ["a"])
        #expect(view["metadata"] == ["order": "1"])
        #expect(view["headers"] == ["X-A": "b"])
        #expect(view["attachments"]?.array?.first?["size"] == 3)
        #expect(view["attempts"] == 1)
        #expect(view["last_error"] == ["kind": "transient", "code": "smtp.451", "detail": "later"])
        #expect(view["recipients"]?.array?.count == 2)
        let event: JSON = [
            "at": .string(AcceptanceBench.start.description), "kind": "accepted", "provider": nil, "detail": nil,
        ]
        #expect(view["events"] == [event])
    }

    @Test func droppedContentLeavesTheRest() async throws {
        var record = try await record(["to": "ana@example.org", "subject": "Hi", "text": "there"])
        record.request = nil
        let view = MessageView.message(record)
        #expect(view["subject"] == nil)
        #expect(view["to"] == [["email": "ana@example.org", "name": nil]])
        #expect(view["brand"] == "default")
    }

    @Test func pageNamesTheNextOnlyWhenItIsFull() async throws {
        let record = try await record(["to": "ana@example.org", "subject": "Hi", "text": "there"])
        #expect(MessageView.page(MessagePage([record], limit: 2))["next"] == .null)
        #expect(MessageView.page(MessagePage([record], limit: 1))["next"] == .string(record.id))
        #expect(MessageView.page(MessagePage([], limit: 1))["next"] == .null)
    }

    @Test func explanationNamesRouteTemplateAndNextStep() async throws {
        var record = try await record(AcceptanceTests.welcome)
        record.state = .queued
        let explanation = Explanation(
            rule: "route 1",
            via: ["relay"],
            provider: "relay",
            why: "It waits for a retry.",
            next: "Another try",
            nextAt: AcceptanceBench.start
        )
        let view = MessageView.explanation(record, explanation)
        #expect(view["route"]?["via"] == ["relay"])
        #expect(view["route"]?["rule"] == "route 1")
        #expect(view["template"]?["name"] == "welcome")
        #expect(view["why"] == "It waits for a retry.")
        #expect(view["next"] == "Another try")
        #expect(view["next_at"] == .string(AcceptanceBench.start.description))
    }
}
