// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Logging
internal import Mail
internal import Queue
internal import Submission

/// The addresses that get no mail.
extension ConsoleAPI {
    private static let suppressionCount = 50

    @Sendable func suppressions(_ visit: ConsoleCall) async throws(Refusal) -> Reply {
        try await suppressions(visit, typed: "", fault: nil)
    }

    private func suppressions(_ visit: ConsoleCall, typed: String, fault: String?) async throws(Refusal) -> Reply {
        let (found, next) = try await page(visit)
        let content: Markup = """
            <div class="head"><h1>Suppressions</h1><p>These addresses get no mail</p></div>
            <div class="card"><form class="in form" action="/console/suppressions" role="search" aria-label="Suppressions">
            <p class="field wide"><label for="q">Address, or how it begins</label><input id="q" type="search" name="q" \
            value="\(visit.text("q") ?? "")"></p>
            <button type="submit">Search</button>
            </form>\(visit.visitor.may(.manage).markup(addForm(visit, typed: typed, fault: fault)))</div>
            <section class="card" aria-label="Suppressed addresses">
            \(table(found, next, visit))
            </section>
            """
        var shown = ConsolePage("Suppressions", in: .suppressions, status: fault == nil ? 200 : 422, content)
        switch visit.text("done") {
        case "added": shown.toast = "The address gets no more mail."
        case "removed": shown.toast = "The address gets mail again."
        default: break
        }
        return reply(shown, to: visit.visitor)
    }

    /// The list is in the order of addresses, so a search is a place in it.
    private func page(_ visit: ConsoleCall) async throws(Refusal) -> (found: [Suppression], next: String?) {
        let store = services.stores.suppressions
        let prefix = visit.text("q")?.lowercased()
        let start = visit.text("after") ?? prefix.map(Self.before)
        var found = try await translating(Refusal.init) { () async throws(StoreError) in
            try await store.list(
                after: start.map { Suppression.Position($0) },
                limit: Self.suppressionCount,
                now: visit.now
            )
        }
        let isFull = found.count == Self.suppressionCount
        if let prefix { found = found.filter { $0.address.canonical.hasPrefix(prefix) } }
        let goesOn = isFull && found.count == Self.suppressionCount
        return (found, goesOn ? found.last?.position.text : nil)
    }

    /// A place in the list before everything that begins with `prefix`, and behind everything before that.
    private static func before(_ prefix: String) -> String {
        guard let last = prefix.unicodeScalars.last, let earlier = Unicode.Scalar(max(last.value, 1) - 1) else {
            return ""
        }
        var start = String(String.UnicodeScalarView(prefix.unicodeScalars.dropLast()))
        start.unicodeScalars.append(earlier)
        start.unicodeScalars.append("\u{10FFFF}")
        return start
    }

    private func addForm(_ visit: ConsoleCall, typed: String, fault: String?) -> Markup {
        let mark: Markup = fault == nil ? "" : " aria-invalid=\"true\""
        return """

            <form class="in form" method="post" action="/console/suppressions" aria-label="Suppress an address">
            \(Self.token(visit.visitor))
            <p class="field wide"><label for="address">Suppress an address</label><input id="address" name="address" \
            autocomplete="off" required value="\(typed)" aria-describedby="address-says"\(mark)>\
            <span class="says" id="address-says">\(fault ?? "It gets no mail of any kind until it is removed here.")</span></p>
            <button type="submit" class="beside">Suppress</button>
            </form>
            """
    }

    private func table(_ found: [Suppression], _ next: String?, _ visit: ConsoleCall) -> Markup {
        guard !found.isEmpty else {
            let words: Markup =
                visit.text("q") == nil
                ? """
                <h2>No address is suppressed</h2><p>Addresses come here by themselves when their mail bounces or is reported \
                as spam, or by hand.</p>
                """
                : "<h2>No suppressed address begins so</h2><p><a class=\"link\" href=\"/console/suppressions\">Show all</a></p>"
            return "<div class=\"empty\">\(words)</div>"
        }
        let older: Markup = next.markup {
            """
            <a class="button little" rel="next" href="/console/suppressions?after=\(path: $0)\
            \(visit.text("q").markup { "&amp;q=\(path: $0)" })">More</a>
            """
        }
        return """
            <table class="list">
            <caption class="away">Suppressed addresses, in alphabetical order</caption>
            <thead><tr><th scope="col">Address</th><th scope="col" class="w-state">Reason</th>\
            <th scope="col" class="w-by more">For</th><th scope="col" class="w-why">Why</th><th scope="col" class="n w-time">Since</th>\
            <th scope="col" class="w-do"><span class="away">Remove</span></th></tr></thead>
            <tbody>\(found.map { row($0, visit) })</tbody></table>
            <footer class="pages"><span>\(ConsoleText.count(found.count, "address", "addresses")), in alphabetical order</span>\(older)</footer>
            """
    }

    private func row(_ entry: Suppression, _ visit: ConsoleCall) -> Markup {
        let address = entry.address.description
        let remove: Markup = """
            <form method="post" action="/console/suppressions/remove">\(Self.token(visit.visitor))\
            <input type="hidden" name="address" value="\(address)"><input type="hidden" name="list" value="\(entry.list ?? "")">\
            <button type="submit" class="little plain" aria-label="Remove \(address)">Remove</button></form>
            """
        let end: Markup = entry.expiresAt.markup { "ends \(ConsoleText.time($0, now: visit.now))" }
        return """
            <tr><th scope="row" class="to">\(address)</th><td class="st">\(entry.reason.rawValue)</td>\
            <td class="more">\(entry.list ?? "all mail")</td><td class="subject quiet">\(Self.why(entry)) \(end)</td>\
            <td class="n time">\(ConsoleText.time(entry.createdAt, now: visit.now))</td>\
            <td class="n by">\(visit.visitor.may(.manage).markup(remove))</td></tr>

            """
    }

    private static func why(_ entry: Suppression) -> Markup {
        let by: Markup = entry.source?.provider.markup { ", \($0) says" } ?? ""
        let message: Markup =
            entry.source?.message.markup { " <a class=\"link\" href=\"/console/messages/\(path: $0)\">its message</a>" }
            ?? ""
        let words: Markup =
            switch entry.reason {
            case .bounce: "its mail came back"
            case .complaint: "its owner reported mail as spam"
            case .unsubscribe: "its owner unsubscribed; critical mail is still sent"
            case .manual: "added by hand"
            case .other: "a reason of another version; stops all mail"
            }
        return "\(words)\(by)\(message)"
    }

    @Sendable func suppress(_ visit: ConsoleCall) async throws(Refusal) -> Reply {
        let typed = visit.text("address") ?? ""
        let address: EmailAddress
        do throws(FieldError) {
            address = try EmailAddress(parsing: typed)
        } catch {
            return try await suppressions(visit, typed: typed, fault: error.description)
        }
        try await translating(Refusal.init) { () async throws(StoreError) in
            try await services.stores.suppressions.put(
                Suppression(address: address, reason: .manual, createdAt: visit.now)
            )
        }
        services.readings.suppressionAdded()
        // The log names no address of a recipient.
        note("an address was suppressed", visit)
        return Self.seeOther("/console/suppressions?done=added")
    }

    @Sendable func removeSuppression(_ visit: ConsoleCall) async throws(Refusal) -> Reply {
        let typed = visit.text("address") ?? ""
        // The list has valid addresses alone; any other text is one that is not in it.
        guard let address = try? EmailAddress(parsing: typed) else {
            throw Refusal(.notFound("The address is not suppressed."))
        }
        let wasListed = try await translating(Refusal.init) { () async throws(StoreError) in
            try await services.stores.suppressions.delete(address, list: visit.text("list"))
        }
        guard wasListed else { throw Refusal(.notFound("The address is not suppressed any more.")) }
        note("a suppression was removed", visit)
        return Self.seeOther("/console/suppressions?done=removed")
    }
}
