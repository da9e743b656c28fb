// SPDX-License-Identifier: Apache-2.0
import JSON

extension SendRequestReader {
    private static let furthest = Duration.seconds(366 * 86_400)

    mutating func readTimes() -> (sendAt: Timestamp?, expiresAt: Timestamp?) {
        let (sendAt, expiresAt) = (readTime("send_at"), readTime("expires_at"))
        if let sendAt, sendAt > context.now + Self.furthest {
            faults.invalid(place("send_at"), "is more than a year ahead")
        }
        if let expiresAt {
            if expiresAt <= context.now {
                faults.invalid(place("expires_at"), "is over already")
            } else if let sendAt, expiresAt <= sendAt {
                faults.invalid(place("expires_at"), "must be later than `send_at`")
            }
        }
        return (sendAt, expiresAt)
    }

    private mutating func readTime(_ name: String) -> Timestamp? {
        guard let text = readString(name) else { return nil }
        let time = Timestamp(text)
        if time == nil { faults.invalid(place(name), "expected a time such as 2026-11-20T17:33:27Z (RFC 3339)") }
        return time
    }
}
