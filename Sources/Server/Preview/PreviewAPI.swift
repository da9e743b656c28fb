// SPDX-License-Identifier: Apache-2.0
internal import Boundary
internal import HTTPTypes
internal import JSON
internal import Submission
package import Templates

/// The endpoints of `posthaste templates preview`: one page and its requests.
///
/// Only a browser on this machine may use them. The data are untrusted: the page writes values as text and shows the mail in a
/// sandboxed frame.
package struct PreviewAPI: Sendable {
    /// The dependencies of the preview.
    package struct Sources: Sendable {
        let folder: String
        let library: TemplateLibrary
        let defaultBrand: String
        /// The locales of a template in a brand.
        let locales: @Sendable (_ template: String, _ brand: String) -> [String]
        let changes: PreviewChanges
        let sending: any PreviewSending

        package init(
            folder: String,
            library: TemplateLibrary,
            defaultBrand: String,
            locales: @escaping @Sendable (_ template: String, _ brand: String) -> [String],
            changes: PreviewChanges,
            sending: any PreviewSending
        ) {
            self.folder = folder
            self.library = library
            self.defaultBrand = defaultBrand
            self.locales = locales
            self.changes = changes
            self.sending = sending
        }
    }

    private static let pagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; frame-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    /// The policy of a mail opened on its own: as restricted as in the frame.
    private static let mailPolicy =
        "sandbox; default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'self'"
    /// The largest request body, in bytes.
    private static let largestBody = 4 * 1024 * 1024
    /// Shorter than the server's idle timeout.
    private static let longestPoll = Duration.seconds(20)

    private let sources: Sources
    private let mails = PreviewMails()

    package init(_ sources: Sources) {
        self.sources = sources
    }

    package var endpoints: [Endpoint] {
        let body = Endpoint.Body.json(limit: Self.largestBody)
        return [
            Endpoint(.get, "/", access: .localPage) { _ throws(Refusal) in
                Self.page(PackageResources.preview_html, "text/html; charset=utf-8", policy: Self.pagePolicy)
            },
            Endpoint(.get, "/preview.css", access: .localPage) { _ throws(Refusal) in
                Self.page(PackageResources.preview_css, "text/css; charset=utf-8", policy: Self.pagePolicy)
            },
            Endpoint(.get, "/preview.js", access: .localPage) { _ throws(Refusal) in
                Self.page(PackageResources.preview_js, "text/javascript; charset=utf-8", policy: Self.pagePolicy)
            },
            Endpoint(.get, "/api/folder", access: .localPage, answer: folder),
            Endpoint(.get, "/api/findings", access: .localPage, answer: findings),
            Endpoint(.get, "/api/changes", access: .localPage, answer: changes),
            Endpoint(.post, "/api/render", access: .localPage, body: body, answer: render),
            Endpoint(.post, "/api/send", access: .localPage, body: body, answer: send),
            Endpoint(.get, "/mail/{id}", access: .localPage, answer: mail),
        ]
    }

    private func folder(_ call: Call) async throws(Refusal) -> Reply {
        // Read first, so that a change during rendering makes the page ask again.
        let revision = sources.changes.revision
        let brands = sources.library.brands
        let templates = sources.library.names.map { name in
            let locales = JSONObject(brands.map { ($0, .array(sources.locales(name, $0).map(JSON.string))) })
            let summary = sources.library.template(name, brand: sources.defaultBrand)?.summary
            return JSON.object(
                JSONObject([
                    ("name", .string(name)), ("description", summary.map(JSON.string) ?? .null),
                    ("locales", .object(locales)),
                ])
            )
        }
        let titles = brands.map { name in
            JSONObject([
                ("name", .string(name)), ("title", .string(sources.library.snapshot.brand(name)?.name ?? name)),
            ])
        }
        let sending = JSONObject([
            ("providers", .array(sources.sending.providers.map(JSON.string))),
            ("obstacle", sources.sending.obstacle.map(JSON.string) ?? .null),
        ])
        return .json(
            .object(
                JSONObject([
                    ("revision", .integer(revision)), ("folder", .string(sources.folder)),
                    ("default_brand", .string(sources.defaultBrand)), ("brands", .array(titles.map(JSON.object))),
                    ("templates", .array(templates)), ("sending", .object(sending)),
                ])
            )
        )
    }

    private func findings(_ call: Call) async throws(Refusal) -> Reply {
        let findings = sources.library.lint().map { finding in
            JSON.object(
                JSONObject([
                    ("severity", .string(finding.severity.rawValue)), ("file", .string(finding.file)),
                    ("line", .integer(finding.line)), ("column", .integer(finding.column)),
                    ("message", .string(finding.message)),
                ])
            )
        }
        return .json(["findings": .array(findings)])
    }

    private func changes(_ call: Call) async throws(Refusal) -> Reply {
        var query = Query(call.query, known: ["since"])
        let known = query.value("since", "a whole number") { Int($0) }
        try query.check()
        let revision = await sources.changes.revision(otherThan: known ?? 0, within: Self.longestPoll)
        return .json(["revision": .integer(revision)])
    }

    private func render(_ call: Call) async throws(Refusal) -> Reply {
        let rendering = PreviewRendering(library: sources.library, mails: mails)
        return .json(rendering.answer(try PreviewSelection(try call.json())))
    }

    private func send(_ call: Call) async throws(Refusal) -> Reply {
        let body = try call.json()
        let selection = try PreviewSelection(body)
        do throws(Problem) {
            return .json(try await sources.sending.send(try request(selection, body)))
        } catch {
            throw Refusal(error)
        }
    }

    /// Builds a send request of the API.
    private func request(_ selection: PreviewSelection, _ body: JSON) throws(Problem) -> JSON {
        var request = JSONObject([
            ("to", body["to"] ?? .null), ("template", .string(selection.template)), ("brand", .string(selection.brand)),
        ])
        if let locale = selection.locale { request["locale"] = .string(locale) }
        if let provider = body["provider"]?.string, !provider.isEmpty { request["provider"] = .string(provider) }
        do throws(JSONSyntaxError) {
            let shown = sources.library.template(selection.template, brand: selection.brand, locale: selection.locale)
            request["data"] = try selection.values() ?? shown?.sample
        } catch {
            throw .invalidRequest([Problem.Fault(.root.appending("data"), error.description)])
        }
        return .object(request)
    }

    private func mail(_ call: Call) async throws(Refusal) -> Reply {
        var query = Query(call.query, known: ["scheme"])
        let scheme = query.value("scheme", "light or dark") { ColourScheme(rawValue: $0) } ?? .light
        try query.check()
        guard let html = Int(call.parameter("id")).flatMap({ mails.html($0) }) else { throw Refusal(.notFound) }
        let shown = Array(scheme.applied(to: html).utf8)
        return Self.page(shown, "text/html; charset=utf-8", policy: Self.mailPolicy)
    }

    private static func page(_ body: [UInt8], _ type: String, policy: String) -> Reply {
        var reply = Reply(status: 200, type: type, body: body)
        reply.fields[.contentSecurityPolicy] = policy
        reply.fields[.xContentTypeOptions] = "nosniff"
        reply.fields[.referrerPolicy] = "no-referrer"
        return reply
    }
}
