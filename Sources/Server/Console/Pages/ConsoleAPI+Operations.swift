// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Logging
internal import Mail
internal import OAuth
internal import Queue
internal import Submission

/// Providers, suppressions and settings.
extension ConsoleAPI {
    var operationsEndpoints: [Endpoint] {
        [
            page("/console/providers", answer: providers),
            action("/console/providers/{name}/pause") { visit throws(Refusal) in try await setPaused(true, visit) },
            action("/console/providers/{name}/resume") { visit throws(Refusal) in try await setPaused(false, visit) },
            action("/console/providers/{name}/probe", answer: probe),
            page("/console/suppressions", answer: suppressions),
            action("/console/suppressions", answer: suppress),
            action("/console/suppressions/remove", answer: removeSuppression),
            page("/console/settings", for: .manage, answer: settings),
        ]
    }

    // Providers

    private func providers(_ visit: ConsoleCall) async throws(Refusal) -> Reply {
        let statuses = services.dispatching.statuses()
        let tokens = services.readings.tokens()
        let cards = statuses.map { status in card(status, tokens.filter { $0.provider == status.name }, visit) }
        let content: Markup = """
            <div class="head">
            <h1>Providers</h1><p>\(Self.summary(statuses))</p>
            \(Self.live)
            </div>
            <h2 class="away">All providers</h2>
            <div class="grid" data-live="providers">
            \(cards)
            </div>
            """
        var page = ConsolePage("Providers", in: .providers, content)
        switch visit.text("done") {
        case "paused": page.toast = "The provider is paused: mail for it waits, or takes the next way of its route."
        case "resumed": page.toast = "The provider takes mail again."
        case "probed": page.toast = "The provider is being tried; its card shows the outcome in a moment."
        default: break
        }
        return reply(page, to: visit.visitor)
    }

    private static func summary(_ statuses: [ProviderStatus]) -> String {
        let words: [(String, Int)] = [
            ("up", statuses.count { $0.state == .up }),
            ("limited", statuses.count { $0.state == .limited || $0.state == .halfOpen }),
            ("paused", statuses.count { $0.state == .paused }),
            ("down", statuses.count { $0.state == .down || $0.state == .open }),
        ]
        return words.filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
    }

    private func card(_ status: ProviderStatus, _ tokens: [TokenStatus], _ visit: ConsoleCall) -> Markup {
        """
        <section class="card" id="p-\(path: status.name)" aria-labelledby="h-\(path: status.name)">
        <header><h3 id="h-\(path: status.name)">\(status.name)</h3><span class="small quiet">\(status.kind)</span>\
        \(ProviderWords.state(status))</header>
        <div class="in">
        \(cause(status))
        <dl class="facts">\(facts(status, tokens, visit))</dl>
        <ul class="meters">\(meters(status))</ul>
        </div>
        \(buttons(status, visit))
        </section>
        """
    }

    /// Why a provider does not work, and what mends it.
    private func cause(_ status: ProviderStatus) -> Markup {
        let failure = status.state == .up ? status.complaint?.reason : status.reason
        let remedy = status.state == .up ? status.complaint?.remedy : status.remedy
        var cause = Markup()
        if let failure { cause += "<blockquote>\(failure)</blockquote>" }
        if let remedy { cause += "<p><b>What to do:</b> \(Self.commands(in: remedy))</p>" }
        return cause
    }

    private func facts(_ status: ProviderStatus, _ tokens: [TokenStatus], _ visit: ConsoleCall) -> Markup {
        var facts = Markup()
        func add(_ title: String, _ value: Markup) { facts += "<dt>\(title)</dt><dd>\(value)</dd>\n" }
        add("Circuit", ProviderWords.circuit(status, now: visit.now))
        if status.state == .limited { add("Until", ConsoleText.exact(status.until, now: visit.now)) }
        for token in tokens {
            if !token.account.isEmpty { add("Account", "\(token.account)") }
            add("Token", ProviderWords.token(token, now: visit.now))
            if let forecast = token.forecast {
                add("Grant", "ends \(ConsoleText.time(forecast.diesAt, now: visit.now)): \(forecast.reason)")
            }
            for warning in token.warnings { add("Warning", Self.commands(in: warning)) }
        }
        if status.isCapture { add("Delivers", "nothing") }
        add("Waiting", "\(ConsoleText.count(status.waiting, "message"))")
        add("Last sent", ConsoleText.time(status.lastSent, now: visit.now))
        if let probe = status.probe {
            // The reason for which the provider is down is above.
            let failure: Markup? = probe.failure.map {
                $0 == status.reason ? "failed" : "failed: <span class=\"mono\">\($0)</span>"
            }
            let outcome = failure ?? "worked"
            add("Last check", "\(outcome), \(ConsoleText.time(probe.at, now: visit.now))")
        }
        return facts
    }

    private func meters(_ status: ProviderStatus) -> Markup {
        var meters = ProviderWords.meter("Attempts under way", status.running, of: status.limits.concurrency)
        if let perDay = status.limits.perDay { meters += ProviderWords.meter("Today", status.usedToday, of: perDay) }
        return meters
    }

    private func buttons(_ status: ProviderStatus, _ visit: ConsoleCall) -> Markup {
        guard visit.visitor.may(.manage) else { return "" }
        func button(_ action: String, _ title: String, _ kind: Markup) -> Markup {
            """
            <form method="post" action="/console/providers/\(path: status.name)/\(action)">\(Self.token(visit.visitor))\
            <button type="submit" class="little\(kind)" aria-label="\(title) \(status.name)">\(title)</button></form>

            """
        }
        let isPaused = status.state == .paused
        let buttons: Markup =
            isPaused
            ? button("resume", "Resume", " first")
            : "\(button("probe", "Check", ""))\(button("pause", "Pause", ""))"
        let mail: Markup =
            status.isCapture ? "<a class=\"button little\" href=\"/console/captured\">Look at the mail</a>" : ""
        return "<footer>\(mail)\(buttons)</footer>"
    }

    private func status(_ visit: ConsoleCall) throws(Refusal) -> ProviderStatus {
        let name = visit.parameter("name")
        guard let status = services.dispatching.statuses().first(where: { $0.name == name }) else {
            throw Refusal(.notFound("There is no provider of this name."))
        }
        return status
    }

    /// Stores the decision first, so that it survives a crash.
    private func setPaused(_ isPaused: Bool, _ visit: ConsoleCall) async throws(Refusal) -> Reply {
        let name = try status(visit).name
        try await translating(Refusal.init) { () async throws(StoreError) in
            try await services.stores.controls.setPaused(isPaused, provider: name, now: visit.now)
        }
        services.dispatching.setPaused(isPaused, provider: name)
        note(isPaused ? "a provider was paused" : "a provider was resumed", visit, ["provider": "\(name)"])
        return Self.seeOther("/console/providers?done=\(isPaused ? "paused" : "resumed")")
    }

    private func probe(_ visit: ConsoleCall) async throws(Refusal) -> Reply {
        let status = try status(visit)
        guard status.state != .paused else {
            throw Refusal(.providerPaused("\(status.name) is paused: resume it, then it is tried."))
        }
        try await translating(Refusal.init) { () async throws(StoreError) in
            try await services.stores.controls.askForProbe(of: status.name, now: visit.now)
        }
        services.dispatching.storeChanged()
        note("a provider is checked", visit, ["provider": "\(status.name)"])
        return Self.seeOther(visit.text("back") == "overview" ? Self.home : "/console/providers?done=probed")
    }

    // Settings

    private func settings(_ visit: ConsoleCall) async throws(Refusal) -> Reply {
        guard visit.visitor.seesAllBrands else { throw Refusal(.allBrandsNeeded) }
        let content: Markup = """
            <div class="head"><h1>Settings</h1><p>What is in force, defaults filled in and secrets masked</p></div>
            \(SettingsCards(services.readings.settings()).markup)
            """
        return reply(ConsolePage("Settings", in: .settings, content), to: visit.visitor)
    }
}

extension Problem {
    static let allBrandsNeeded = Problem(
        "forbidden",
        title: "This page is for keys of all brands",
        status: 403,
        detail: "It shows settings of every brand; your key is limited to some."
    )
}
