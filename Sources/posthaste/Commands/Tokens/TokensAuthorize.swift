// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import Boundary
import Delivery
import Foundation
import JSON
import Logging
import OAuth
import Providers
import Server
import Storage

struct TokensAuthorize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "authorize",
        abstract: "Ask the owner of a provider's mailbox for consent, in a browser.",
        discussion: """
            Prints an address to open on this machine, and waits for the browser to come back. With --no-browser the address can be \
            opened anywhere; paste the address that the browser ends at (it will not load) into the terminal.
            """
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Flag(name: .customLong("no-browser"), help: "Print the address and take the pasted result.")
    var noBrowser = false
    @Argument(help: "The provider.")
    var name: String

    func run() async throws {
        let gateway = try await TokensGateway.open(config)
        let request = try gateway.source(name).parts.request
        let consent = try Consent(request)
        try Self.check(request)
        let redirected = noBrowser ? try consent.paste() : try await consent.browse()
        let token = try await consent.token(redirected)
        try await keep(token, request, gateway)
        if output.json {
            return Terminal.json(["account": .string(request.account), "place": .string(request.place.name)])
        }
        Terminal.line("the grant of \(request.account) is stored; running gateways take it within seconds")
    }

    private func keep(_ token: OAuthToken, _ request: TokenRequest, _ gateway: TokensGateway)
        async throws(CommandFailure)
    {
        switch request.place {
        case .database:
            guard let key = request.key else { return }
            try await translating(CommandFailure.init) { () async throws(TokenError) in
                try await gateway.importing.replace(token, as: key)
            }
        case .file(let path):
            try Self.write(token, to: TokenFile(path) { try JSONReader.read($0) }, request)
        case .serviceAccount, .command, .clientCredentials, .environment:
            throw Self.noConsent(request)
        }
    }
}

extension TokensAuthorize {
    fileprivate static func noConsent(_ request: TokenRequest) -> CommandFailure {
        CommandFailure("`\(request.place.name)` needs no consent; it makes its tokens itself")
    }

    /// Refuses before the consent if the token could not be stored afterwards.
    private static func check(_ request: TokenRequest) throws(CommandFailure) {
        guard case .file(let path) = request.place else { return }
        do throws(TokenError) {
            try TokenFile(path) { try JSONReader.read($0) }.check(for: request.owner { try JSONReader.read($0) })
        } catch {
            throw CommandFailure(error.description)
        }
    }

    /// Writes the token to its file; other credentials in the file remain.
    private static func write(_ token: OAuthToken, to file: TokenFile, _ request: TokenRequest) throws(CommandFailure) {
        let owner = request.owner { try JSONReader.read($0) }
        // A file without a token is replaced as a whole.
        let old = try? file.token(of: owner)
        let new = (old?.holding(token) ?? token).granted(at: ProcessContext.clock(), earlier: nil)
        let content: [UInt8]
        do throws(TokenError) { content = try file.content(with: new, of: owner) } catch {
            throw CommandFailure(error.description)
        }
        if let fault = AtomicFile.write(content, to: file.path) {
            throw CommandFailure("\(file.path) cannot be written: \(fault)")
        }
    }
}

/// One consent flow, from the printed URL to the token.
private struct Consent {
    private let request: TokenRequest
    private let client: OAuthClient
    private let authorization: HTTPURL

    init(_ request: TokenRequest) throws(CommandFailure) {
        self.request = request
        guard request.place.keepsGrants else { throw TokensAuthorize.noConsent(request) }
        do throws(TokenError) { client = try request.oauthClient { try JSONReader.read($0) } } catch {
            throw CommandFailure(error.description)
        }
        guard let page = client.authorizationEndpoint else {
            throw CommandFailure(
                request.credentials.map {
                    "\($0): it has no `auth_uri`; add the address of the service's page for consent"
                } ?? "`token_url` does not end in `/token`, so the page for consent beside it is not known"
            )
        }
        authorization = page
    }

    /// The redirect query, and the flow that it answers.
    struct Redirected {
        let flow: AuthorizationFlow
        let answer: String
    }

    private var consent: OAuthConsent { request.service?.consent ?? OAuthConsent() }

    private func flow(_ redirect: String) -> AuthorizationFlow {
        AuthorizationFlow(
            client: AuthorizationFlow.Client(
                id: client.id,
                secret: client.secret,
                authorizationEndpoint: authorization,
                tokenEndpoint: client.tokenEndpoint,
                consent: consent
            ),
            redirect: redirect,
            account: request.account,
            scopes: request.consentScopes,
            random: ProcessContext.random
        )
    }

    func browse() async throws -> Redirected {
        let port = try loopbackPort()
        let made = MutexBox<AuthorizationFlow>()
        let listener = RedirectListener(
            port: port ?? 0,
            logger: Logger(label: "authorize") { _ in SwiftLogNoOpLogHandler() }
        )
        let redirect = client.redirects.first { $0.contains("localhost") || $0.contains("127.0.0.1") }
        let isAnswer: @Sendable (String) -> Bool = { made.value?.isAnswered(by: $0) ?? false }
        let answer = try await listener.answer(where: isAnswer) { listening in
            let host = client.isWeb && redirect != nil ? redirect ?? "" : "http://\(consent.loopbackHost):\(listening)"
            let flow = flow(host)
            made.put(flow)
            Terminal.error("Open this address in a browser on this machine, and sign in as \(request.account):\n")
            Terminal.line(flow.page.description)
            Terminal.error("\nWaiting for the browser to come back (^C ends it) …")
        }
        guard let answer, let flow = made.value else { throw CommandFailure("no answer came from the browser") }
        return Redirected(flow: flow, answer: answer)
    }

    /// A client of type `web` redirects browsers to its registered addresses only.
    private func loopbackPort() throws(CommandFailure) -> Int? {
        guard client.isWeb else { return nil }
        let own = client.redirects.compactMap { HTTPURL($0) }.first { $0.isLoopback && !$0.isSecure }
        guard let own else {
            throw CommandFailure(
                "the client is of type `web` and has no redirect to this machine; add http://localhost:8765 to its redirect URIs, "
                    + "or use a client of type `Desktop app`, or --no-browser"
            )
        }
        return own.origin.split(separator: ":").last.flatMap { Int($0) } ?? 80
    }

    func paste() throws(CommandFailure) -> Redirected {
        let usual = "http://\(consent.loopbackHost):1"
        let flow = flow(client.isWeb ? client.redirects.first ?? usual : usual)
        Terminal.error("Open this address in any browser, and sign in as \(request.account):\n")
        Terminal.line(flow.page.description)
        Terminal.error("\nThe browser ends at a page that does not load. Paste its whole address here:")
        var isWrong = false
        while let answer = readLine(strippingNewline: true), !answer.isEmpty {
            if flow.isAnswered(by: answer) { return Redirected(flow: flow, answer: answer) }
            isWrong = true
            Terminal.error("That is not the answer to this sign-in. Paste the whole address that the browser ends at:")
        }
        throw CommandFailure(
            isWrong ? "what was pasted does not answer this sign-in; run the command again" : "nothing was pasted"
        )
    }

    func token(_ redirected: Redirected) async throws(CommandFailure) -> OAuthToken {
        let flow = redirected.flow
        let asked = ProcessContext.clock()
        let code: Secret
        do throws(AuthorizationError) { code = try flow.code(in: redirected.answer) } catch {
            throw CommandFailure(error.description)
        }
        let response: HTTPResponse
        let assertion = ClientAssertion(clock: ProcessContext.clock)
        var exchange: HTTPRequest
        do throws(DeliveryError) {
            exchange = flow.exchange(code, authentication: try assertion.items(client))
        } catch {
            throw CommandFailure(error)
        }
        exchange.proxy = request.proxy
        do throws(HTTPFailure) { response = try await ProcessServices.http.perform(exchange) } catch {
            throw CommandFailure("the token endpoint does not answer: \(error.detail)")
        }
        // A body that is not JSON adds nothing to the status.
        let body = (try? JSONReader.read(response.body)) ?? .null
        guard response.status == 200, let answer = body.object else {
            let (error, description) = (body["error"]?.string, body["error_description"]?.string)
            let words = [error, description].compactMap(\.self).joined(separator: ", ")
            let hint = request.service?.hints.refusal(error ?? "", description ?? "")
            let remedy = [hint?.cause, hint?.remedy].compactMap(\.self).map { "; \($0)" }.joined()
            throw CommandFailure(
                "the token endpoint refused the code (\(response.status)): \(MessageText.printable(words))\(remedy)"
            )
        }
        let claims = AuthorizationFlow.claims(in: body).flatMap { try? JSONReader.read($0) }
        do throws(AuthorizationError) {
            for wanted in request.neededScopes { try flow.check(body, claims: claims, wanted: wanted) }
        } catch {
            throw CommandFailure(error.description)
        }
        return OAuthToken(answer: answer, at: asked)
    }
}
