// SPDX-License-Identifier: Apache-2.0
package import Gateway
package import JSON

/// Sends a mail of the preview to the author, through the gateway.
package protocol PreviewSending: Sendable {
    /// The providers that a mail may be pinned to.
    var providers: [String] { get }
    /// Why no mail can be sent, and what to do about it; nil when it can.
    var obstacle: String? { get }
    /// Accepts a send request as the API does; answers `{"id", "state", "detail"}`, `detail` being words for people.
    func send(_ request: JSON) async throws(Problem) -> JSON
}
