// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Submission

/// What the listener needs of the gateway: API keys, and a place for mail.
package protocol SMTPSubmission: Sendable {
    /// Finds the key of a login; keys are in memory, so that a login works while the store is down.
    func logIn(_ credentials: SMTPCredentials) async -> SMTPLoginAnswer

    /// Finds the key as which a trusted client acts.
    func logIn(asKey name: String) async -> SMTPLoginAnswer

    /// Checks at MAIL whether mail of this sender can be taken now; nil accepts it.
    func refusal(of sender: SMTPSender, from login: SMTPLogin) async -> SMTPReply?

    /// Stores a mail, and answers 250 only when all of it is durable.
    func submit(_ mail: ReceivedMail) async -> SMTPReply
}

/// A client that has logged in, or that is trusted.
package struct SMTPLogin: Sendable, Hashable {
    package let principal: Principal
    /// The user name; it may choose a brand.
    package let user: String?

    package init(principal: Principal, user: String?) {
        self.principal = principal
        self.user = user
    }
}

package enum SMTPLoginAnswer: Sendable {
    case accepted(SMTPLogin)
    /// Counts as a failed login.
    case refused(SMTPReply)
    case unavailable(SMTPReply)
}

/// A mail as it was received, with its line ends mended and its dots removed.
package struct ReceivedMail: Sendable {
    package let envelope: SMTPEnvelope
    package let content: [UInt8]
    /// Nil for mail to the bounce domain.
    package let login: SMTPLogin?
    package let client: IPAddress?
}
