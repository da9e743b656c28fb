// SPDX-License-Identifier: Apache-2.0

/// The parts of a template for all brands and for all locales that find the same files.
final class TemplateParts: Sendable {
    let subject: Blueprint
    let html: Blueprint?
    let text: Blueprint
    /// The file with the subject.
    let subjectFile: String
    /// `ltr` or `rtl`.
    let direction: String
    /// The declared names that a part uses, including fields after a dot.
    let usedNames: Set<String>
    let plurals: Set<PluralUse>
    let unsubscribing: UnsubscribeUse
    /// The declared paths of values that a reader may follow as a link.
    let links: Set<[String]>
    /// The look-ups and their results.
    let requests: Set<TemplateFiles.Request>

    init(
        subject: Blueprint,
        html: Blueprint?,
        text: Blueprint,
        subjectFile: String,
        direction: String,
        usedNames: Set<String>,
        plurals: Set<PluralUse>,
        unsubscribing: UnsubscribeUse,
        requests: Set<TemplateFiles.Request>
    ) {
        (self.subject, self.html, self.text, self.subjectFile) = (subject, html, text, subjectFile)
        self.direction = direction
        (self.usedNames, self.plurals, self.requests) = (usedNames, plurals, requests)
        self.unsubscribing = unsubscribing
        links = text.links.union(html?.links ?? []).union(subject.links)
    }

    /// The names below `strings` that the parts use.
    var usedStrings: [Name] {
        let uses = subject.fixed + text.fixed + (html?.fixed ?? [])
        return uses.filter { $0.level == 0 && $0.name.parts.count > 1 && $0.name.parts[0] == "strings" }.map(\.name)
    }
}

/// How the parts of a template use the gateway's `unsubscribe_url`.
struct UnsubscribeUse: Sendable, Hashable {
    var isInHTML = false
    var isInText = false
    /// Used outside of a section over it, so that there has to be one.
    var isNeeded = false

    /// `text` is nil for a text part that is derived from the HTML.
    init(subject: [Piece], html: [Piece]?, text: [Piece]?) {
        isInHTML = add(html ?? [])
        isInText = if let text { add(text) } else { isInHTML }
        _ = add(subject)
    }

    /// Returns whether it is used at all.
    private mutating func add(_ pieces: [Piece], isGuarded: Bool = false) -> Bool {
        var isUsed = false
        for piece in pieces {
            switch piece {
            case .value(let slot) where slot.value.isGatewayValue:
                isUsed = true
                if !isGuarded { isNeeded = true }
            case .section(let slot, let isInverted, let inner):
                let isOwn = slot.value.isGatewayValue && !isInverted
                if add(inner, isGuarded: isGuarded || isOwn) { isUsed = true }
            default: break
            }
        }
        return isUsed
    }
}
