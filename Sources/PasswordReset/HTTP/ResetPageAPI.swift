// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import HTTPTypes
import JSON
package import Server
import Submission
package import Templates

/// The hosted pages: forms that work without JavaScript, with the same service and limits as the API.
package struct ResetPageAPI: Sendable {
    private static let formLimit = 4096

    private let feature: ResetFeature
    private let locales: @Sendable () -> [String]
    private let brand: @Sendable (String) -> Brand?
    private let publicURL: @Sendable () -> String

    /// `brand` returns the current brand of a name, and `publicURL` the external URL of the pages.
    package init(
        feature: ResetFeature,
        locales: @escaping @Sendable () -> [String],
        brand: @escaping @Sendable (String) -> Brand?,
        publicURL: @escaping @Sendable () -> String
    ) {
        self.feature = feature
        self.locales = locales
        self.brand = brand
        self.publicURL = publicURL
    }

    private typealias Answering = @Sendable (Visit, Call) async throws(Refusal) -> HostedPage

    /// One visit: the current feature, and the pages in the visitor's language.
    private struct Visit: Sendable {
        let running: ResetFeature.Running
        let pages: ResetPages
        let caller: ResetCaller
    }

    package var endpoints: [Endpoint] {
        [
            page(.get, ResetConfig.requestPath) { (visit, _) throws(Refusal) in visit.pages.forgotPassword() },
            page(.post, ResetConfig.requestPath) { (visit, call) throws(Refusal) in await Self.request(visit, call) },
            page(.get, ResetConfig.resetPath) { (visit, call) throws(Refusal) in
                let token = Self.token(call.query)
                guard let token, !token.isEmpty else { return visit.pages.linkIncomplete() }
                return visit.pages.choosePassword(await Self.form(visit, token))
            },
            page(.post, ResetConfig.resetPath) { (visit, call) throws(Refusal) in await Self.confirm(visit, call) },
        ]
    }

    private func page(
        _ method: HTTPTypes.HTTPRequest.Method,
        _ path: String,
        answer: @escaping Answering
    ) -> Endpoint {
        let body = method == .get ? Endpoint.Body.none : .form(limit: Self.formLimit)
        let frame = EndpointFrame(admit: { [feature] () throws(Refusal) in
            if feature.running == nil { throw Refusal(.notFound) }
        })
        return Endpoint(method, path, access: .open, body: body, frame: frame) { [self] call throws(Refusal) in
            if method == .post { try call.refuseOtherSites(publicURL: publicURL()) }
            return Reply(page: try await answer(try visit(call), call))
        }
    }

    private func visit(_ call: Call) throws(Refusal) -> Visit {
        guard let running = feature.running else { throw Refusal(.notFound) }
        guard let brand = brand(running.config.settings.brand) else {
            throw Refusal(
                internal: "the brand \(running.config.settings.brand) has a fault; see `posthaste templates lint`"
            )
        }
        let language = PageLanguage.negotiated(
            acceptLanguage: call.fields[.acceptLanguage],
            brandLocale: brand.locale
        )
        let context = PageContext(brand: PageBrand(brand), language: language)
        return Visit(running: running, pages: ResetPages(context), caller: ResetCaller(call, locales: locales))
    }

    private static func request(_ visit: Visit, _ call: Call) async -> HostedPage {
        let email = call.form()[PasswordForm.Field.email] ?? ""
        do throws(Problem) {
            try await visit.running.service.request(["email": .string(email)], from: visit.caller)
            return visit.pages.linkRequested()
        } catch {
            guard error.status == 422 else { return trouble(error, visit) }
            return visit.pages.forgotPassword(isMalformed: true)
        }
    }

    private static func confirm(_ visit: Visit, _ call: Call) async -> HostedPage {
        let fields = call.form()
        guard let token = fields[PasswordForm.Field.token], !token.isEmpty else { return visit.pages.linkIncomplete() }
        let password = fields[PasswordForm.Field.password] ?? ""
        // Only browsers without JavaScript send this field.
        let repeated = fields[PasswordForm.Field.repeated] ?? password
        if password.isEmpty { return visit.pages.choosePassword(await form(visit, token, .missing)) }
        if repeated != password { return visit.pages.choosePassword(await form(visit, token, .different)) }
        do throws(ConfirmError) {
            try await visit.running.service.confirm(token, Secret(password), from: visit.caller)
            return visit.pages.passwordChanged()
        } catch {
            switch error {
            case .invalidToken: return visit.pages.linkNotGood()
            case .password(let rules): return visit.pages.choosePassword(await form(visit, token, .refused(rules)))
            case .unchangeable: return visit.pages.passwordUnchangeable()
            case .problem(let problem): return trouble(problem, visit, await form(visit, token))
            }
        }
    }

    private static func trouble(_ problem: Problem, _ visit: Visit, _ form: PasswordForm? = nil) -> HostedPage {
        let seconds = problem.retryAfter ?? 60
        return problem.status == 429
            ? visit.pages.tooManyRequests(retryAfter: seconds, form: form)
            : visit.pages.tryAgainLater(retryAfter: seconds, form: form)
    }

    private static func form(
        _ visit: Visit,
        _ token: String,
        _ fault: PasswordForm.Fault? = nil
    ) async -> PasswordForm {
        PasswordForm(token: token, rules: await visit.running.passwordRules(), fault: fault)
    }

    /// The token in the query of a link; other parameters are ignored.
    private static func token(_ query: String?) -> String? {
        let items = (query ?? "").split(separator: "&")
        let item = items.first { $0.hasPrefix("token=") }
        return item.flatMap { PercentEncoding.decode($0.dropFirst(6), plusIsBlank: true) }
    }
}
