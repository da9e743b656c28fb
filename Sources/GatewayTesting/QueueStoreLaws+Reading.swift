// SPDX-License-Identifier: Apache-2.0
import Basics
import Queue

extension QueueStoreUnderTest {
    func contentIsLookedThrough() async throws -> Bool {
        let subjects = ["Your \"Ünï\" invoice", "INVOICE 7", "Hello", nil]
        for (number, subject) in subjects.enumerated() {
            var message = OutboxSample.message(number)
            // Ids that contain their time, like those of a gateway.
            message.id = Self.id(number)
            message.createdAt = OutboxSample.second(Double(number))
            message.request.tags = number == 2 ? [] : ["vip", "a \"b\" ü"]
            if let subject { message.request.content = .literal(subject: subject, html: "invoice", text: "vip") }
            try await insert(message)
        }
        let expected: [(WritableFilter, [Int])] = [
            ({ $0.tag = "vip" }, [3, 1, 0]), ({ $0.tag = "a \"b\" ü" }, [3, 1, 0]), ({ $0.tag = "vi" }, []),
            // The subject of a template is known only after rendering.
            ({ $0.subject = "invoice" }, [3, 1, 0]), ({ $0.subject = "\"ünï\" inv" }, [3, 0]),
            ({ $0.subject = "100%" }, [3]), ({ $0.since = OutboxSample.second(2) }, [3, 2]),
            ({ $0.until = OutboxSample.second(2) }, [1, 0]),
            (
                {
                    ($0.since, $0.until) = (OutboxSample.second(1), OutboxSample.second(3))
                    $0.tag = "vip"
                }, [1]
            ),
        ]
        for (set, numbers) in expected {
            var filter = MessageFilter()
            set(&filter)
            guard try await archive.list(filter).map(\.id) == numbers.map(Self.id) else { return false }
        }
        return true
    }

    private typealias WritableFilter = (inout MessageFilter) -> Void

    /// An id generated at the time of its number.
    private static func id(_ number: Int) -> String {
        IDs(clock: { OutboxSample.second(Double(number)) }, random: { 7 }).message()
    }
}
