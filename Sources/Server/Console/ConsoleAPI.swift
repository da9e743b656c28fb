// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Feedback
internal import HTTPTypes
internal import Logging
internal import Monitoring
internal import Queue
internal import Submission

/// The pages under `/console`.
///
/// They are made of the same calls as the API. The content of mail is untrusted: text is escaped, and a mail's HTML is
/// shown in a sandboxed frame.
package struct ConsoleAPI: Sendable {
    static let home = "/console"
    /// The largest form, in bytes.
    private static let largestForm = 64 * 1024

    let services: ConsoleServices
    let sessions: ConsoleSessions
    let assets: ConsoleAssets
    let signIns = SignInLimits()
    let live: ConsoleLive
    let pages = SharedReading<MessageFilter, Result<MessagePage, StoreError>>()
    let figures = SharedReading<StatisticsQuery, [StatisticsBucket]?>()
    let records = SharedReading<String, Result<MessageRecord?, StoreError>>()

    package init(_ services: ConsoleServices) {
        self.services = services
        sessions = ConsoleSessions(random: services.random, sealing: services.readings.sealing)
        assets = ConsoleAssets()
        live = ConsoleLive { [readings = services.readings, dispatching = services.dispatching] in
            let alerts = readings.openAlerts().map { "\($0.key) \($0.since)" }
            let providers = dispatching.statuses().map { status in
                "\(status.name) \(status.state) \(status.reason ?? "") \(status.probe?.at.description ?? "")"
            }
            return alerts + providers + ["\(readings.revision())"]
        }
    }

    package var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/", access: .page, frame: frame) { _ throws(Refusal) in Self.seeOther(Self.home) },
            Endpoint(.get, "/console/assets/{file}", access: .page, frame: frame, answer: assets.answer),
            page(Self.home, guests: true, answer: overview), liveEndpoint,
        ] + signInEndpoints + messageEndpoints + capturedEndpoints + operationsEndpoints + keyEndpoints
    }

    /// Answers 404 while the console is switched off, and protects every answer.
    var frame: EndpointFrame {
        EndpointFrame(
            admit: { [isEnabled = services.readings.isEnabled] () throws(Refusal) in
                guard isEnabled() else { throw Refusal(.notFound) }
            },
            finish: { _, reply in ConsoleHeaders.protect(&reply) }
        )
    }

    typealias Answering = @Sendable (ConsoleCall) async throws(Refusal) -> Reply

    /// A page for those with `scope`; `guests` are browsers on this machine that are not signed in.
    func page(
        _ path: String,
        for scope: APIKey.Scope = .read,
        guests: Bool = false,
        answer: @escaping Answering
    ) -> Endpoint {
        Endpoint(.get, path, access: .page, frame: frame) { call throws(Refusal) in
            let fields = FormFields(urlEncoded: call.query ?? "")
            return await shown { () async throws(Refusal) in
                if let visitor = try await visitor(call) {
                    return try await self.answer(call, visitor, fields, scope, answer)
                }
                guard guests, call.isFromOwnMachine else { return Self.toSignIn(call) }
                let guest = ConsoleVisitor(principal: .localReader, session: nil)
                return try await self.answer(call, guest, fields, scope, answer)
            }
        }
    }

    /// A form for those with `scope`: it changes something, so it needs a session, its token and the same origin.
    func action(_ path: String, for scope: APIKey.Scope = .manage, answer: @escaping Answering) -> Endpoint {
        Endpoint(.post, path, access: .page, body: .form(limit: Self.largestForm), frame: frame) {
            call throws(Refusal) in
            let fields = FormFields(urlEncoded: String(decoding: call.body, as: UTF8.self))
            return await shown { () async throws(Refusal) in
                try call.refuseOtherSites(publicURL: services.publicURL)
                guard let visitor = try await visitor(call), let session = visitor.session else {
                    return Self.toSignIn(nil)
                }
                guard sessions.isFormToken(fields.first("token"), of: session) else {
                    return refused(.staleForm, to: visitor)
                }
                return try await self.answer(call, visitor, fields, scope, answer)
            }
        }
    }

    private func answer(
        _ call: Call,
        _ visitor: ConsoleVisitor,
        _ fields: FormFields,
        _ scope: APIKey.Scope,
        _ answer: Answering
    ) async throws(Refusal) -> Reply {
        guard visitor.principal.scopes.contains(scope) else { return refused(.missingScope(scope), to: visitor) }
        do throws(Refusal) {
            return try await answer(ConsoleCall(call: call, visitor: visitor, fields: fields, now: services.clock()))
        } catch {
            log(error)
            return refused(error.problem, to: visitor)
        }
    }

    /// Shows a refusal as a page: it is read by a person.
    func shown(_ answer: () async throws(Refusal) -> Reply) async -> Reply {
        do throws(Refusal) {
            return try await answer()
        } catch {
            log(error)
            return bare(error.problem)
        }
    }

    private func log(_ refusal: Refusal) {
        guard refusal.problem.status >= 500 else { return }
        services.logger.error(
            "a page of the console failed",
            metadata: ["problem": "\(refusal.problem.name)", "cause": "\(refusal.cause ?? refusal.problem.detail)"]
        )
    }

    /// Who calls; nil when it is not known.
    private func visitor(_ call: Call) async throws(Refusal) -> ConsoleVisitor? {
        if let cookie = ConsoleCookie.value(in: call.fields),
            let session = sessions.session(cookie, now: services.clock()),
            let principal = try await principal(of: session)
        {
            return ConsoleVisitor(principal: principal, session: session, formToken: sessions.formToken(session))
        }
        guard let secret = EndpointResponder.bearer(call.fields[.authorization]) else { return nil }
        let principal = try await translating(Refusal.init) { () async throws(StoreError) in
            try await services.stores.keys.authenticate(secret)
        }
        guard let principal else { throw Refusal(.wrongKey) }
        return ConsoleVisitor(principal: principal, session: nil)
    }

    /// Nil when the key of the session was revoked.
    private func principal(of session: ConsoleSession) async throws(Refusal) -> Principal? {
        guard let id = session.keyID else { return .commandLine }
        return try await translating(Refusal.init) { () async throws(StoreError) in
            try await services.stores.keys.principal(ofKey: id)
        }
    }

    /// Logs a change with the person who made it.
    func note(_ what: Logger.Message, _ visit: ConsoleCall, _ metadata: Logger.Metadata = [:]) {
        var metadata = metadata
        metadata["by"] = "\(visit.visitor.actor)"
        if let client = visit.call.client { metadata["client"] = "\(client)" }
        services.logger.notice(what, metadata: metadata)
    }

    static func seeOther(_ path: String) -> Reply {
        var reply = Reply(status: 303)
        reply.fields[.location] = path
        return reply
    }

    /// To the page for signing in, and from there back to the page of the call.
    private static func toSignIn(_ call: Call?) -> Reply {
        guard let call, call.path != home else { return seeOther("/console/login") }
        let place = call.path + (call.query.map { "?\($0)" } ?? "")
        return seeOther("/console/login?next=\(PercentEncoding.encode(place))")
    }
}

extension Problem {
    static let staleForm = Problem(
        "forbidden",
        title: "This form is out of date",
        status: 403,
        detail: "Nothing was changed. Open the page again, and send its form once more."
    )
}

/// The header fields of every page.
enum ConsoleHeaders {
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        + "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    static func protect(_ reply: inout Reply) {
        if reply.fields[.contentSecurityPolicy] == nil { reply.fields[.contentSecurityPolicy] = policy }
        reply.fields[.xContentTypeOptions] = "nosniff"
        reply.fields[.referrerPolicy] = "no-referrer"
    }
}

/// The cookie of a session.
enum ConsoleCookie {
    static let name = "posthaste_console"

    /// The value that the client sent; nil for none.
    static func value(in fields: HTTPFields) -> String? {
        for line in fields[values: .cookie] {
            for pair in line.split(separator: ";") {
                let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
                if parts.count == 2, parts[0] == name { return String(parts[1]) }
            }
        }
        return nil
    }

    /// The field that sets the cookie; an empty value deletes it.
    static func field(_ value: String, isSecure: Bool) -> String {
        let age = value.isEmpty ? 0 : ConsoleSession.lifetime.milliseconds / 1000
        let secure = isSecure ? "; Secure" : ""
        return "\(name)=\(value); Path=/console; Max-Age=\(age); HttpOnly; SameSite=Strict\(secure)"
    }
}
