// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// Posts mail from several tasks until it is stopped, and counts accepted and refused requests.
final class Load: Sendable {
    struct Tally: Sendable {
        /// The ids of the messages that were answered with 202.
        var accepted: Set<String> = []
        /// Answers of 503 with `Retry-After`.
        var refused = 0
        /// Requests without any answer: the gateway died.
        var cut = 0
        /// Other answers, which a gateway must not give.
        var strange: [String] = []
    }

    /// A client's pause between two requests, which leaves processor time to the gateways.
    private static let pause = Duration.milliseconds(5)

    private let state = Mutex((tally: Tally(), isStopped: false))
    private let tasks = Mutex<[Task<Void, Never>]>([])

    init(_ clients: [Client], tasks count: Int = 2) {
        let tasks = clients.flatMap { client in
            (0..<count).map { _ in Task { [self] in await post(to: client) } }
        }
        self.tasks.withLock { $0 = tasks }
    }

    var tally: Tally { state.withLock(\.tally) }

    /// Waits until every request has ended.
    @discardableResult
    func stop() async -> Tally {
        state.withLock { $0.isStopped = true }
        for task in tasks.withLock(\.self) { await task.value }
        return tally
    }

    private func post(to client: Client) async {
        while !state.withLock(\.isStopped) {
            let answer: ServingGateway.Answer?
            do {
                answer = try await client.post(
                    "/v1/messages",
                    #"{"to": "ana@example.org", "subject": "Hi", "text": "Hello"}"#
                )
            } catch {
                answer = nil
            }
            state.withLock { $0.tally.count(answer) }
            // A cancelled pause only ends earlier.
            try? await Task.sleep(for: answer?.status == 202 ? Self.pause : Self.pause * 10)
        }
    }
}

extension Load.Tally {
    fileprivate mutating func count(_ answer: ServingGateway.Answer?) {
        guard let answer else {
            cut += 1
            return
        }
        if answer.status == 202, let id = answer.id {
            accepted.insert(id)
        } else if answer.status == 503, answer.retryAfter != nil {
            refused += 1
        } else {
            strange.append("\(answer.status) \(answer.body)")
        }
    }
}
