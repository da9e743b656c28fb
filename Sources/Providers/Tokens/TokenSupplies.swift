// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
package import JSON
package import OAuth

/// Creates the vault and the grant of a provider's token request.
package struct TokenSupplies: Sendable {
    private let client: any HTTPClient
    private let clock: Clock
    /// Distinguishes this process from others that share the vaults.
    private let holder: String
    /// The variables of the process, for credentials that the machine gives.
    private let environment: [String: String]
    private let parse: @Sendable ([UInt8]) throws -> JSON
    private let write: FileWriting

    package init(
        client: any HTTPClient,
        clock: @escaping Clock,
        holder: String,
        environment: [String: String] = [:],
        parse: @escaping @Sendable ([UInt8]) throws -> JSON,
        write: @escaping FileWriting
    ) {
        self.client = client
        self.clock = clock
        self.holder = holder
        self.environment = environment
        self.parse = parse
        self.write = write
    }

    package func supply(
        _ request: TokenRequest,
        _ places: TokenPlaces
    ) -> (vault: any TokenVault, grant: any TokenGrant) {
        let subject = TokenSubject(request)
        switch request.place {
        case .database:
            let key = request.key ?? TokenKey(provider: request.kind, account: request.account)
            return (places.vault(key, holder: holder, clock: clock), refresh(request, subject))
        case .file(let path):
            let owner: @Sendable () -> TokenOwner = { [parse] in request.owner(parse: parse) }
            let vault = FileVault(TokenFile(path, parse: parse), owner: owner, write: write)
            return (vault, refresh(request, subject))
        case .serviceAccount(let path):
            let file = TokenFile(path, parse: parse)
            return (NoVault(), ServiceAccountGrant(file, request, endpoint: endpoint(request), clock: clock))
        case .command(let words):
            return (NoVault(), CommandGrant(command: words, subject: subject, clock: clock, parse: parse))
        case .environment:
            let grant = AWSEnvironmentGrant(variables: environment, client: client, proxy: request.proxy, clock: clock)
            return (NoVault(), grant)
        case .clientCredentials:
            guard let client = request.client else { return (NoVault(), refresh(request, subject)) }
            let grant = ClientCredentialsGrant(
                client,
                endpoint: endpoint(request),
                subject: subject,
                authenticate: authentication
            )
            return (NoVault(), grant)
        }
    }

    private var authentication: ClientAuthentication {
        let assertion = ClientAssertion(clock: clock)
        return { (client) throws(DeliveryError) in try assertion.items(client) }
    }

    private func endpoint(_ request: TokenRequest) -> TokenEndpoint {
        guard let choice = request.proxy else { return TokenEndpoint(client: client, clock: clock, parse: parse) }
        return TokenEndpoint(client: ProxyingClient(base: client, choice: choice), clock: clock, parse: parse)
    }

    private func refresh(_ request: TokenRequest, _ subject: TokenSubject) -> any TokenGrant {
        RefreshGrant(
            endpoint: endpoint(request),
            subject: subject,
            service: request.service,
            authenticate: authentication
        ) { [parse] () throws(TokenError) in
            do throws(TokenError) { return try request.oauthClient(parse: parse) } catch {
                throw TokenError(error.description)
            }
        }
    }
}

extension TokenRequest {
    /// The owner of the token, with the client from its file.
    package func owner(parse: @escaping @Sendable ([UInt8]) throws -> JSON) -> TokenOwner {
        // An unreadable client file is reported when a token is renewed.
        let client = try? oauthClient(parse: parse)
        return TokenOwner(account: account, clientID: client?.id)
    }

    /// The client of the settings, or else the one in the client file.
    package func oauthClient(parse: @escaping @Sendable ([UInt8]) throws -> JSON) throws(TokenError) -> OAuthClient {
        if let client { return client }
        return try TokenFile(credentials ?? "", parse: parse).client(for: service)
    }
}
