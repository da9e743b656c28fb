// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import HTTPTypes
internal import Submission

/// A person who looks at a page, and what they may do.
struct ConsoleVisitor: Sendable {
    let principal: Principal
    /// Nil for a browser on this machine that is not signed in, and for a call with a key in its header.
    let session: ConsoleSession?
    /// The token of the session's forms; empty without one.
    var formToken = ""

    /// True for a browser on this machine that is not signed in: it sees captured mail alone.
    var isGuest: Bool { session == nil && principal.keyID == nil }

    func may(_ scope: APIKey.Scope) -> Bool { !isGuest && session != nil && principal.scopes.contains(scope) }

    /// True for a caller who may see everything, whatever its brand.
    var seesAllBrands: Bool { principal.brands == nil }

    /// Who did something, for logs and the events of messages.
    var actor: String {
        guard let session, session.keyID == nil else { return principal.actor }
        return "a one-time link (session \(session.nonce.prefix(6)))"
    }

    /// The name in the navigation.
    var name: String {
        if isGuest { return "not signed in" }
        return session?.keyID == nil && session != nil ? "one-time link" : "key \(principal.keyName ?? "")"
    }
}

/// A call of a page or a form, with its visitor.
struct ConsoleCall: Sendable {
    let call: Call
    let visitor: ConsoleVisitor
    /// The query of a page, or the fields of a form.
    let fields: FormFields
    let now: Timestamp

    /// The event because of which an open page asks again; nil when a person asks.
    var event: String? { call.fields[.consoleEvent].map { String($0.prefix(32)) } }

    /// A field without blanks at its ends; nil when it is missing or empty.
    func text(_ name: String) -> String? {
        guard let text = fields.first(name)?.prefix(1000) else { return nil }
        let trimmed = String(text.trimmingBlanks)
        return trimmed.isEmpty ? nil : trimmed
    }

    /// All values of a field, as of tick boxes.
    func all(_ name: String) -> [String] {
        fields.fields.filter { $0.name == name }.map { String(decoding: $0.file.content, as: UTF8.self) }
    }

    func parameter(_ name: String) -> String { call.parameter(name) }
}

extension StringProtocol {
    fileprivate var trimmingBlanks: SubSequence {
        let start = firstIndex { !$0.isWhitespace } ?? endIndex
        guard let end = lastIndex(where: { !$0.isWhitespace }) else { return self[start..<start] }
        return self[start...end]
    }
}
