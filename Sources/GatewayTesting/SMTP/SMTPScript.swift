// SPDX-License-Identifier: Apache-2.0

/// What a scripted SMTP server does, as far as it differs from a server that takes all mail.
///
///     var script = SMTPScript()
///     script.extensions = ["SIZE 1000", "AUTH PLAIN"]
///     script.on(.mail, .say("421 4.3.2 later"), .usual)
///     script.always(.recipient("nobody@b.example"), .say("550 5.1.1 no such user"))
public struct SMTPScript: Sendable {
    /// A point in the dialogue at which the server has to answer.
    public enum Moment: Sendable, Hashable {
        case greeting
        case ehlo
        case helo
        case startTLS
        case auth
        case mail
        case recipient(String)
        case data
        /// The first piece of content has come, and more is to come.
        case midContent
        /// The final dot has come.
        case final
        case noop
        case quit
    }

    /// What the server does then.
    public enum Action: Sendable, Hashable {
        case usual
        /// Answers this; several lines, each with its code, are separated by `\n`.
        case say(String)
        /// Answers this and closes the connection.
        case sayAndCut(String)
        /// Closes the connection without a word.
        case cut
        /// Says nothing until the client gives up.
        case hang
        /// Waits for ``ScriptedSMTP/release()`` and then does the usual.
        case hold
    }

    /// The lines of the answer to EHLO after the first, without their codes.
    public var extensions: [String]
    /// The tokens that are good for XOAUTH2, by user; with others the login fails as it does at Google and Microsoft.
    public var tokens: [String: String] = [:]
    private var once: [Moment: [Action]] = [:]
    private var ever: [Moment: Action] = [:]

    public init(extensions: [String] = ["SIZE 30000000", "8BITMIME"]) {
        self.extensions = extensions
    }

    /// Does these, one each time the moment comes; then the usual.
    public mutating func on(_ moment: Moment, _ actions: Action...) {
        once[moment, default: []] += actions
    }

    public mutating func always(_ moment: Moment, _ action: Action) {
        ever[moment] = action
    }

    mutating func next(_ moment: Moment) -> Action {
        if var left = once[moment], !left.isEmpty {
            let action = left.removeFirst()
            once[moment] = left
            return action
        }
        return ever[moment] ?? .usual
    }
}
