// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import JSON
internal import Logging
internal import Submission

/// API keys: list, make, revoke.
extension ConsoleAPI {
    var keyEndpoints: [Endpoint] {
        [
            page("/console/keys", for: .manage) { visit throws(Refusal) in
                try await keys(visit, KeyForm(), made: nil, fault: nil)
            },
            action("/console/keys", answer: createKey),
            page("/console/keys/{id}/revoke", for: .manage, answer: confirmRevocation),
            action("/console/keys/{id}/revoke", answer: revokeKey),
        ]
    }

    /// The fields of the form as they were sent.
    private struct KeyForm {
        var name = ""
        var scopes: Set<String> = [APIKey.Scope.send.rawValue]
        var brands: Set<String> = []
        var from = ""
    }

    private func keys(
        _ visit: ConsoleCall,
        _ form: KeyForm,
        made: (key: APIKey, secret: Secret)?,
        fault: Problem?
    ) async throws(Refusal) -> Reply {
        let principal = visit.visitor.principal
        let all = try await translating(Refusal.init) { () async throws(StoreError) in
            try await services.stores.keys.keys(for: principal)
        }
        let valid = all.filter { $0.revokedAt == nil }.reversed()
        let revoked = all.filter { $0.revokedAt != nil }.reversed()
        let content: Markup = """
            <div class="head"><h1>Keys</h1><p>\(ConsoleText.count(valid.count, "key")) in use</p></div>
            \(made.markup { secret($0.key, $0.secret) })
            \(makeForm(form, fault, visit))
            <section class="card" aria-label="Keys">
            <table class="words">
            <caption class="away">Keys, the newest first; those that were revoked come last</caption>
            <thead><tr><th scope="col">Name</th><th scope="col">Scopes</th><th scope="col">Brands</th>\
            <th scope="col" class="less">From</th><th scope="col" class="n less">Made</th><th scope="col" class="n">End</th></tr></thead>
            <tbody>\(valid.map { row($0, visit) })\(revoked.map { row($0, visit) })</tbody>
            </table>
            </section>
            """
        var shown = ConsolePage("Keys", in: .keys, status: fault?.status ?? 200, content)
        if visit.text("done") == "revoked" { shown.toast = "The key was revoked. What uses it is refused from now on." }
        return reply(shown, to: visit.visitor)
    }

    private func secret(_ key: APIKey, _ secret: Secret) -> Markup {
        """
        <section class="alert good" aria-labelledby="made">
        <h2 id="made">The key \(key.name) was made</h2>
        <p>Copy its secret now: it is stored nowhere and is not shown again.</p>
        <p class="do"><code id="secret">\(secret.exposed)</code></p>
        <div class="acts"><button type="button" data-copy="secret" hidden>Copy</button></div>
        </section>
        """
    }

    private func makeForm(_ form: KeyForm, _ fault: Problem?, _ visit: ConsoleCall) -> Markup {
        let principal = visit.visitor.principal
        let scopes = APIKey.Scope.allCases.filter(principal.scopes.contains).map { scope -> Markup in
            Self.box("scopes", scope.rawValue, Self.words(scope), isTicked: form.scopes.contains(scope.rawValue))
        }
        let brands = services.readings.brandNames().filter { principal.sees(brand: $0) }.map { brand -> Markup in
            Self.box("brands", brand, brand, isTicked: form.brands.contains(brand))
        }
        let faults: Markup = fault.markup { problem in
            let details = problem.faults.isEmpty ? [problem.detail] : problem.faults.map(\.detail)
            return "<ul class=\"bad small\" role=\"alert\">\(details.map { "<li>\($0)</li>" as Markup })</ul>"
        }
        let limits = principal.brands == nil ? "None ticked: all brands." : "None ticked: all brands of your key."
        return """
            <details class="card"\((fault != nil).markup(" open"))><summary>Make a key</summary>
            <form class="in stack" method="post" action="/console/keys">
            \(Self.token(visit.visitor))\(faults)
            <div class="form"><p class="field"><label for="name">What it is for</label><input id="name" name="name" required \
            maxlength="128" autocomplete="off" value="\(form.name)" placeholder="shop"></p>
            <p class="field"><label for="from">From addresses, with commas between them</label><input id="from" name="from" \
            autocomplete="off" value="\(form.from)" placeholder="any, or *@example.org"></p></div>
            <fieldset class="boxes"><legend>What it may do</legend>\(scopes)</fieldset>
            <fieldset class="boxes"><legend>Its brands. \(limits)</legend>\(brands)</fieldset>
            <p><button class="first" type="submit">Make the key</button></p>
            </form></details>
            """
    }

    private static func box(_ name: String, _ value: String, _ title: String, isTicked: Bool) -> Markup {
        """
        <label><input type="checkbox" name="\(name)" value="\(value)"\(isTicked.markup(" checked"))> \(title)</label>

        """
    }

    private static func words(_ scope: APIKey.Scope) -> String {
        switch scope {
        case .send: "send mail"
        case .read: "read messages and states, sign in here"
        case .manage: "manage: retry, cancel, pause, suppress, make keys"
        case .pinProvider: "choose the provider of its mail"
        }
    }

    private func row(_ key: APIKey, _ visit: ConsoleCall) -> Markup {
        let end: Markup =
            key.revokedAt.map { "<span class=\"quiet\">revoked \(ConsoleText.time($0, now: visit.now))</span>" }
                ?? """
                <a class="button little danger" href="/console/keys/\(path: key.id)/revoke" \
                aria-label="Revoke \(key.name)">Revoke …</a>
                """
        let kind: Markup = key.revokedAt == nil ? "" : " class=\"gone\""
        return """
            <tr\(kind)><th scope="row">\(key.name)<br><span class="mono quiet">\(key.id)</span></th>\
            <td>\(KeyView.scopes(key).joined(separator: ", "))</td><td>\(key.brands?.joined(separator: ", ") ?? "all")</td>\
            <td class="less">\(key.from?.joined(separator: ", ") ?? "any")</td>\
            <td class="n less">\(ConsoleText.time(key.createdAt, now: visit.now))</td><td class="n">\(end)</td></tr>

            """
    }

    private func createKey(_ visit: ConsoleCall) async throws(Refusal) -> Reply {
        var form = KeyForm()
        form.name = visit.text("name") ?? ""
        form.scopes = Set(visit.all("scopes"))
        form.brands = Set(visit.all("brands"))
        form.from = visit.text("from") ?? ""
        let principal = visit.visitor.principal
        let patterns = form.from.split { $0 == "," || $0 == " " }.map(String.init)
        let grant = KeyGrant(
            name: form.name,
            brands: form.brands.isEmpty ? principal.brands?.sorted() : form.brands.sorted(),
            from: patterns.isEmpty ? principal.from : patterns,
            scopes: Set(form.scopes.compactMap(APIKey.Scope.init))
        )
        let made: (key: APIKey, secret: Secret)
        do throws(Problem) {
            let names = services.readings.brandNames()
            made = try await services.stores.keys.create(grant, by: principal, brandNames: names)
        } catch {
            guard error.status < 500 else { throw Refusal(error) }
            return try await keys(visit, form, made: nil, fault: error)
        }
        note("an API key was made", visit, ["key": "\(made.key.id)", "name": "\(made.key.name)"])
        // Shown at once and not after a redirect: its secret has no address.
        return try await keys(visit, KeyForm(), made: made, fault: nil)
    }

    private func key(_ visit: ConsoleCall) async throws(Refusal) -> APIKey {
        let id = visit.parameter("id")
        let all = try await translating(Refusal.init) { () async throws(StoreError) in
            try await services.stores.keys.keys(for: visit.visitor.principal)
        }
        guard let key = all.first(where: { $0.id == id && $0.revokedAt == nil }) else {
            throw Refusal(.notFound("There is no key of this id that could be revoked."))
        }
        return key
    }

    private func confirmRevocation(_ visit: ConsoleCall) async throws(Refusal) -> Reply {
        let key = try await key(visit)
        let isOwn: Markup =
            key.id == visit.visitor.session?.keyID
            ? "<p class=\"bad\">It is the key that you are signed in with: this session ends with it.</p>" : ""
        let content: Markup = """
            <div class="head"><p class="back"><a href="/console/keys">Keys</a></p><h1>Revoke \(key.name)</h1></div>
            <section class="card"><div class="in">
            <p>What uses the key <b>\(key.name)</b> (<span class="mono">\(key.id)</span>) is refused from then on. This cannot be \
            undone; a new key can take its place.</p>\(isOwn)
            <form method="post" action="/console/keys/\(path: key.id)/revoke" class="acts">\(Self.token(visit.visitor))\
            <button class="danger" type="submit">Revoke 1 key</button><a class="button" href="/console/keys">Keep it</a></form>
            </div></section>
            """
        return reply(ConsolePage("Revoke a key", in: .keys, content), to: visit.visitor)
    }

    private func revokeKey(_ visit: ConsoleCall) async throws(Refusal) -> Reply {
        let key = try await key(visit)
        let isRevoked = try await translating(Refusal.init) { () async throws(StoreError) in
            try await services.stores.keys.revoke(key.id, by: visit.visitor.principal)
        }
        guard isRevoked else { throw Refusal(.notFound("There is no key of this id that could be revoked.")) }
        note("an API key was revoked", visit, ["key": "\(key.id)", "name": "\(key.name)"])
        return Self.seeOther("/console/keys?done=revoked")
    }
}
