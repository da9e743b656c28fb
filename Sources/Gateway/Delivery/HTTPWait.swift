// SPDX-License-Identifier: Apache-2.0
package import Basics

extension HTTPResponse {
    /// The time of the response: its `Date` field (RFC 9110 section 6.6.1), else `now`.
    package func date(now: Timestamp) -> Timestamp {
        header("Date").flatMap { HTTPDate.parse($0) } ?? now
    }

    /// The wait until a moment that the response names; zero when it has passed.
    ///
    /// It counts from ``date(now:)``, so that a wrong clock of the gateway does not matter.
    package func wait(until moment: Timestamp, now: Timestamp) -> Duration {
        max(moment - date(now: now), .zero)
    }

    /// The wait that a field asks for: seconds or a date (RFC 9110 section 10.2.3); nil when it is missing or says neither.
    package func wait(in field: String, now: Timestamp) -> Duration? {
        guard let value = header(field) else { return nil }
        if let seconds = Int64(value) { return (0...10_000_000).contains(seconds) ? .seconds(seconds) : nil }
        return HTTPDate.parse(value).map { wait(until: $0, now: now) }
    }
}
