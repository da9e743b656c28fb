// SPDX-License-Identifier: Apache-2.0
import JSON

/// What a request is answered with once everything is stored.
package struct Answer: Sendable, Hashable {
    package var status: Int
    /// JSON.
    package var body: [UInt8]
    /// True when an earlier request with the same idempotency key got this answer.
    package var isReplayed: Bool
    /// The ids of the messages that this request brought in; empty for a replay.
    package var ids: [String]
    /// Where the message can be read; nil for a batch.
    package var location: String?

    init(status: Int, body: [UInt8], ids: [String], location: String?) {
        (self.status, self.body, self.ids, self.location) = (status, body, ids, location)
        isReplayed = false
    }

    /// The answer that was given before.
    init(replaying response: StoredResponse) {
        (status, body, ids, isReplayed) = (response.status, response.body, [], true)
        location = Self.id(in: response.body).map(Self.location)
    }

    static func location(of id: String) -> String { "/v1/messages/\(id)" }

    /// The id that a single message's answer begins with; a batch's begins with `results`.
    private static func id(in body: [UInt8]) -> String? {
        let head = Array(#"{"id":""#.utf8)
        guard body.starts(with: head), let end = body[head.count...].firstIndex(of: UInt8(ascii: "\"")) else {
            return nil
        }
        return String(decoding: body[head.count..<end], as: UTF8.self)
    }
}
