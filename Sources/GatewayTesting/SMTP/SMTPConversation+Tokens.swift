// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Synchronization

extension SMTPConversation {
    /// AUTH XOAUTH2: `user=U^Aauth=Bearer T^A^A` as base64, in the command itself or, when it is long, after a challenge.
    ///
    /// For a bad token, the server sends a challenge with the reason in base64; the client must reply with an empty line, and
    /// then gets a 535.
    mutating func authenticate(token initial: String?) {
        guard let response = initial ?? challenge("") else { return }
        let text = Base64.decode(response).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let parts = text.split(separator: "\u{01}", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, parts[0].hasPrefix("user="), parts[1].hasPrefix("auth=Bearer "), parts[2].isEmpty,
            parts[3].isEmpty
        else { return refuse("501 5.5.4 this is no XOAUTH2 response") }
        let wanted = server.state.withLock { $0.script.tokens[String(parts[0].dropFirst(5))] }
        if wanted == String(parts[1].dropFirst(12)) { return finishLogin() }
        let reason = #"{"status":"401","schemes":"Bearer","scope":"https://mail.google.com/"}"#
        guard challenge(Base64.encode(Array(reason.utf8))) == "" else {
            return refuse("501 5.5.2 expected an empty line")
        }
        refuse("535 5.7.8 Username and Password not accepted")
    }
}
