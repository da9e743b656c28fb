// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import HTTPTypes
internal import Logging
internal import Submission

/// Signing in and out.
extension ConsoleAPI {
    var signInEndpoints: [Endpoint] {
        [
            Endpoint(.get, "/console/login", access: .page, frame: frame) { call throws(Refusal) in
                let fields = FormFields(urlEncoded: call.query ?? "")
                return signInPage(call, next: fields.first("next"))
            },
            Endpoint(.post, "/console/login", access: .page, body: .form(limit: 8192), frame: frame) {
                call throws(Refusal) in await shown { () async throws(Refusal) in try await signIn(call) }
            },
            Endpoint(.get, "/console/login/{token}", access: .page, frame: frame) { call throws(Refusal) in
                await shown { () async throws(Refusal) in try await useLink(call) }
            },
            action("/console/logout", for: .read) { visit throws(Refusal) in
                if let session = visit.visitor.session { sessions.end(session, now: visit.now) }
                var reply = Self.seeOther("/console/login")
                reply.fields[.setCookie] = ConsoleCookie.field("", isSecure: isSecure)
                return reply
            },
        ]
    }

    /// True where browsers reach the gateway over https.
    private var isSecure: Bool { services.publicURL.hasPrefix("https:") }

    private func signIn(_ call: Call) async throws(Refusal) -> Reply {
        try call.refuseOtherSites(publicURL: services.publicURL)
        let now = services.clock()
        let fields = FormFields(urlEncoded: String(decoding: call.body, as: UTF8.self))
        let next = fields.first("next")
        if let wait = signIns.wait(call.client, now: now) {
            let words = "Too many keys were wrong. Try again in \(ConsoleText.span(wait + .seconds(59)))."
            var reply = signInPage(call, next: next, fault: words, status: 429)
            reply.fields[.retryAfter] = String(wait.milliseconds / 1000 + 1)
            return reply
        }
        let secret = (fields.first("key") ?? "").filter { !$0.isWhitespace }
        let principal = try await translating(Refusal.init) { () async throws(StoreError) in
            try await services.stores.keys.authenticate(secret)
        }
        guard let principal, let id = principal.keyID else {
            signIns.note(call.client, now: now)
            services.logger.warning("a sign-in to the console failed", metadata: Self.place(call))
            return signInPage(
                call,
                next: next,
                fault:
                    "This is no key of the gateway, or it was revoked. `posthaste keys list` shows those that are valid.",
                status: 403
            )
        }
        guard principal.scopes.contains(.read) else {
            let words = "This key has not the scope read, so it can show nothing here. Take another key."
            return signInPage(call, next: next, fault: words, status: 403)
        }
        let (_, cookie) = sessions.begin(keyID: id, now: now)
        services.logger.notice(
            "signed in to the console",
            metadata: Self.place(call).merging(["by": "\(principal.actor)"]) { $1 }
        )
        return begin(cookie, next: Self.isOwnPlace(next) ? next : nil)
    }

    /// Uses a one-time link up, and begins a session with every scope and brand.
    private func useLink(_ call: Call) async throws(Refusal) -> Reply {
        let now = services.clock()
        if let wait = signIns.wait(call.client, now: now) {
            let words = "Too many links were wrong. Try again in \(ConsoleText.span(wait + .seconds(59)))."
            return signInPage(call, next: nil, fault: words, status: 429)
        }
        let token = ConsoleLink.hash(call.parameter("token"))
        let isGood = try await translating(Refusal.init) { () async throws(StoreError) in
            try await services.stores.links.use(token, now: now)
        }
        guard isGood else {
            signIns.note(call.client, now: now)
            return signInPage(
                call,
                next: nil,
                fault: "This link was used before, or its five minutes are over. `posthaste console` prints a new one.",
                status: 403
            )
        }
        let (session, cookie) = sessions.begin(keyID: nil, now: now)
        services.logger.notice(
            "signed in to the console by a one-time link",
            metadata: Self.place(call).merging(["session": "\(session.nonce.prefix(6))"]) { $1 }
        )
        return begin(cookie, next: nil)
    }

    private static func place(_ call: Call) -> Logger.Metadata {
        call.client.map { ["client": "\($0)"] } ?? [:]
    }

    /// Only a page of the console is a place to go on to.
    static func isOwnPlace(_ path: String?) -> Bool {
        guard let path, path == home || path.hasPrefix("\(home)/") || path.hasPrefix("\(home)?") else { return false }
        return !path.hasPrefix("/console/log") && path.utf8.allSatisfy { (0x21..<0x7F).contains($0) && $0 != 0x5C }
    }

    /// Sets the cookie by a page of its own: after a redirect from another program's link, browsers would hold back a
    /// cookie with SameSite=Strict.
    private func begin(_ cookie: String, next: String?) -> Reply {
        let place = next ?? Self.home
        var reply = document(
            "Signed in",
            head: "<meta http-equiv=\"refresh\" content=\"0; url=\(place)\">\n",
            alone(
                """
                <h1>Signed in</h1>
                <p><a class="button first" href="\(place)">Open the console</a></p>
                """
            )
        )
        reply.fields[.setCookie] = ConsoleCookie.field(cookie, isSecure: isSecure)
        return reply
    }

    private func signInPage(_ call: Call, next: String?, fault: String? = nil, status: Int = 200) -> Reply {
        let mark: Markup = fault == nil ? "" : " aria-invalid=\"true\""
        let says = fault ?? "It begins with ph_. Its scopes and brands decide what you see."
        let place = Self.isOwnPlace(next) ? next : nil
        let captured: Markup =
            call.isFromOwnMachine ? " · <a class=\"link\" href=\"/console/captured\">Captured mail</a>" : ""
        return document(
            "Sign in",
            status: status,
            alone(
                """
                <h1>Sign in</h1>
                <form method="post" action="/console/login">
                \(place.markup { "<input type=\"hidden\" name=\"next\" value=\"\($0)\">" })
                <p class="field"><label for="key">API key</label><input id="key" type="password" name="key" \
                autocomplete="current-password" required autofocus aria-describedby="key-says"\(mark)>\
                <span class="says" id="key-says">\(Self.commands(in: says))</span></p>
                <button class="first" type="submit">Sign in</button>
                </form>
                <p class="or">or</p>
                <p class="small quiet">No key at hand? On the gateway, <code>posthaste console</code> prints a link that \
                works once, for five minutes.</p>
                """,
                foot: "\(services.hostName)\(captured)"
            )
        )
    }

    /// A sheet in the middle of the page, without navigation.
    private func alone(_ content: Markup, foot: Markup? = nil) -> Markup {
        """
        <div class="alone">
        <header>\(Self.brand)</header>
        <main>
        \(content)
        </main>
        \(foot.markup { "<footer class=\"small quiet\">\($0)</footer>" })
        </div>
        """
    }

    /// A refusal for a person of whom nothing is known.
    func bare(_ problem: Problem) -> Reply {
        var reply = document(
            problem.title,
            status: problem.status,
            alone(
                """
                <h1>\(problem.title)</h1>
                <p>\(problem.detail)</p>
                <p><a class="button" href="/console">Try again</a></p>
                """
            )
        )
        if let seconds = problem.retryAfter { reply.fields[.retryAfter] = String(seconds) }
        return reply
    }
}
