// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// Posts mail from several tasks until it is stopped, and keeps what was promised and what was not.
final class Load: Sendable {
    struct Tally: Sendable {
        /// The ids of the messages that were answered with 202.
        var accepted: Set<String> = []
        /// Answers 503 with `Retry-After`.
        var refused = 0
        /// No answer at all: the gateway died.
        var cut = 0
        /// Anything else, which no gateway should say.
        var strange: [String] = []
    }

    /// A client's patience between two requests, so that the load leaves some of the machine to what is loaded.
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

    /// Lets every request come to its end.
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
            // A cancelled pause is a shorter one.
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
