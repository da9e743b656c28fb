// SPDX-License-Identifier: Apache-2.0
import Basics
import Queue
import Storage
import Submission

/// Queues many messages again.
enum BulkRetry {
    struct Outcome: Sendable {
        var found: [String]
        var retried: [String]
        /// Why not all messages were tried; those queued before the failure remain queued.
        var failure: CommandFailure?
    }

    /// How many messages are read and changed at a time; the messages of one page share commits.
    static let pageSize = 200

    /// The ids of the messages that match a filter, newest first.
    static func ids(_ filter: MessageFilter, _ gateway: CommandLineGateway) async throws(CommandFailure) -> [String] {
        let search = gateway.builder.search(gateway.store.stores.messages)
        var filter = filter
        var ids: [String] = []
        do throws(StoreError) {
            repeat {
                let page = try await search.page(filter)
                ids += page.records.map(\.id)
                filter.after = page.next
            } while filter.after != nil
        } catch {
            throw CommandFailure(error)
        }
        return ids
    }

    /// Retries messages, oldest first; messages whose state no longer allows a retry are skipped.
    ///
    /// A store failure ends the run; the outcome has the work done until then.
    static func retry(_ ids: [String], _ gateway: CommandLineGateway) async -> Outcome {
        let messages = gateway.store.stores.messages
        return await retry(ids) { id throws(StoreError) in
            try await messages.retry(id, by: ProcessContext.actor, now: ProcessContext.clock())
        }
    }

    /// `change` returns false for a message whose state no longer allows a retry.
    static func retry(
        _ ids: [String],
        change: @escaping @Sendable (_ id: String) async throws(StoreError) -> Bool
    ) async -> Outcome {
        var outcome = Outcome(found: ids, retried: [])
        var rest = Array(ids.reversed())[...]
        while !rest.isEmpty, outcome.failure == nil {
            let piece = rest.prefix(pageSize)
            rest = rest.dropFirst(piece.count)
            let results = await withTaskGroup { group in
                for id in piece { group.addTask { await Self.result(id, change) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            for result in results {
                do throws(StoreError) {
                    if let id = try result.get() { outcome.retried.append(id) }
                } catch {
                    outcome.failure = CommandFailure(error)
                }
            }
        }
        outcome.retried.sort()
        return outcome
    }

    private static func result(
        _ id: String,
        _ change: @Sendable (String) async throws(StoreError) -> Bool
    ) async -> Result<String?, StoreError> {
        do throws(StoreError) {
            return .success(try await change(id) ? id : nil)
        } catch {
            return .failure(error)
        }
    }
}
