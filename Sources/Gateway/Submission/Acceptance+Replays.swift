// SPDX-License-Identifier: Apache-2.0
import Synchronization

extension Acceptance {
    private static let kept = Duration.seconds(24 * 3600)
    /// The name space of requests that came with no API key.
    private static let nobody = "-"

    /// Runs `answer` unless the request was answered before or is being answered now.
    ///
    /// Throws 422 when the key came with another request, 409 while this process is still at it. Another process that shares
    /// the store is found out when the answer is stored.
    func once(
        _ replay: ReplayKey?,
        _ principal: Principal,
        _ answer: () async throws(Problem) -> Answer
    ) async throws(Problem) -> Answer {
        guard let replay else { return try await answer() }
        let mark = UnderWay(keyID: principal.keyID ?? Self.nobody, key: replay.key)
        guard underWay.withLock({ $0.insert(mark).inserted }) else { throw .stillAnswered }
        defer { _ = underWay.withLock { $0.remove(mark) } }
        guard let entry = try await find(mark) else { return try await answer() }
        guard entry.digest == replay.digest else { throw .keyReused }
        return Answer(replaying: entry.response)
    }

    private func find(_ mark: UnderWay) async throws(Problem) -> IdempotencyEntry? {
        do throws(OutboxError) {
            return try await stores.replays.find(keyID: mark.keyID, key: mark.key, now: clock())
        } catch {
            throw Problem(error)
        }
    }

    /// What is kept of an answer: 24 hours, and for a scheduled message 24 hours after its time.
    func entry(
        _ replay: ReplayKey,
        _ principal: Principal,
        _ response: StoredResponse,
        _ messages: [NewMessage],
        _ now: Timestamp
    ) -> IdempotencyEntry {
        IdempotencyEntry(
            keyID: principal.keyID ?? Self.nobody,
            key: replay.key,
            digest: replay.digest,
            expiresAt: (messages.map(\.due).max().map { max($0, now) } ?? now) + Self.kept,
            response: response
        )
    }
}
