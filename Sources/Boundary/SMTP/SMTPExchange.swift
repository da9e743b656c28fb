// SPDX-License-Identifier: Apache-2.0

/// How far a transaction came, and what the server said.
package struct SMTPExchange: Sendable, Hashable {
    /// The step at which it ended.
    package enum Stage: Sendable, Hashable {
        /// Refused before a connection was made.
        case prepare
        case resolve
        case connect
        case tls
        case greeting
        case hello
        case startTLS
        case authentication
        case sender
        case recipients
        /// DATA was sent and its 354 awaited.
        case data
        /// The content was being written.
        case content
        /// All of the content was written and the final reply awaited.
        case final
        /// The server took the message.
        case accepted
    }

    package enum Failure: Sendable, Hashable {
        /// The server answered with a refusal: ``SMTPExchange/reply``.
        case refused
        case timedOut
        case disconnected
        /// The certificate or the handshake was not good.
        case insecure
        /// The server lacks what is insisted on. The stage says what: `startTLS` and `authentication` speak for themselves,
        /// `recipients` is SMTPUTF8, `content` room for the message (SIZE).
        case unsupported
        case cancelled
    }

    package var stage: Stage
    /// Nil when the stage is `accepted`.
    package var failure: Failure?
    /// The reply that decided, if one did.
    package var reply: SMTPAnswer?
    /// One a recipient, as far as they were answered.
    package var recipients: [SMTPAnswer] = []
    /// What happened in plain words, without secrets.
    package var detail: String
    /// libcurl's own code, 0 for none.
    package var curlCode = 0
    /// True when the connection had carried an earlier message.
    package var isConnectionReused = false

    static func refused(atStage stage: Stage, _ failure: Failure, _ detail: String) -> SMTPExchange {
        SMTPExchange(stage: stage, failure: failure, detail: detail)
    }
}
