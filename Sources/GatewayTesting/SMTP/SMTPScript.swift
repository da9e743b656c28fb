// SPDX-License-Identifier: Apache-2.0

/// The behaviour of a scripted SMTP server where it differs from a server that accepts all mail.
///
///     var script = SMTPScript()
///     script.extensions = ["SIZE 1000", "AUTH PLAIN"]
///     script.on(.mail, .say("421 4.3.2 later"), .usual)
///     script.always(.recipient("nobody@b.example"), .say("550 5.1.1 no such user"))
public struct SMTPScript: Sendable {
    /// A point in the dialogue at which the server replies.
    public enum Moment: Sendable, Hashable {
        case greeting
        case ehlo
        case helo
        case startTLS
        case auth
        case mail
        case recipient(String)
        case data
        /// A first part of the content has arrived, and more follows.
        case midContent
        /// The final dot has arrived.
        case final
        case noop
        case quit
    }

    /// The action of the server.
    public enum Action: Sendable, Hashable {
        case usual
        /// Sends this reply; several lines, each with its code, are separated by `\n`.
        case say(String)
        /// Sends this reply and closes the connection.
        case sayAndCut(String)
        /// Closes the connection without a reply.
        case cut
        /// Sends nothing until the client gives up.
        case hang
        /// Waits for ``ScriptedSMTP/release()`` and then behaves normally.
        case hold
    }

    /// The lines of the EHLO reply after the first, without their codes.
    public var extensions: [String]
    /// The valid XOAUTH2 tokens by user; with others the login fails as at Google and Microsoft.
    public var tokens: [String: String] = [:]
    private var once: [Moment: [Action]] = [:]
    private var ever: [Moment: Action] = [:]

    public init(extensions: [String] = ["SIZE 30000000", "8BITMIME"]) {
        self.extensions = extensions
    }

    /// Plans one action for each of the next occurrences of the moment, then the normal behaviour.
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
