// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery

extension HTTPResponse {
    /// The wait that a field asks for: seconds or a date (RFC 9110 section 10.2.3); nil when it is missing or says neither.
    package func wait(in field: String, now: Timestamp) -> Duration? {
        guard let value = header(field) else { return nil }
        if let seconds = Int64(value) { return (0...10_000_000).contains(seconds) ? .seconds(seconds) : nil }
        return HTTPDate.parse(value).map { max($0 - now, .zero) }
    }
}
