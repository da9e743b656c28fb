// SPDX-License-Identifier: Apache-2.0
public import Basics
public import JSON

/// An OAuth client: from a file as issued by the service (`installed`, `web`, or the members alone), or from the settings.
public struct OAuthClient: Sendable, Hashable {
    public let id: String
    public let secret: Secret?
    /// The certificate that signs in place of a secret (RFC 7523 section 2.2); nil for none.
    public let certificate: ClientCertificate?
    public let tokenEndpoint: HTTPURL
    /// The authorization endpoint; nil when neither the file nor the service names one.
    public let authorizationEndpoint: HTTPURL?
    public let redirects: [String]
    /// A `web` client may redirect a browser to its own redirect URIs only.
    public let isWeb: Bool

    /// Reads a client file; throws what is wrong as text that follows the file's name.
    ///
    /// `service` supplies endpoints that the file does not name; without a service the file must name them.
    public init(_ json: JSON, for service: OAuthService?) throws(TokenError) {
        if json["type"]?.string == "service_account" {
            throw TokenError("it is the key of a service account; write `tokens: service-account:PATH`")
        }
        isWeb = json["web"] != nil
        let client = json["installed"] ?? json["web"] ?? json
        guard client.object != nil else { throw TokenError("it is no JSON object") }
        guard let id = client["client_id"]?.string, !id.isEmpty else {
            throw TokenError("it has no `client_id`; download the client file of your OAuth client again")
        }
        self.id = id
        certificate = nil
        secret = client["client_secret"]?.string.flatMap { $0.isEmpty ? nil : Secret($0) }
        tokenEndpoint = try Self.tokenEndpoint(in: client, for: service)
        authorizationEndpoint = try Self.authorizationEndpoint(in: client, for: service, beside: tokenEndpoint)
        redirects = client["redirect_uris"]?.array?.compactMap(\.string) ?? []
    }

    /// A client that the settings describe; without secret and certificate it is a public one (RFC 6749 section 2.1).
    public init(
        id: String,
        secret: Secret? = nil,
        certificate: ClientCertificate? = nil,
        tokenEndpoint: HTTPURL,
        authorizationEndpoint: HTTPURL?
    ) {
        self.id = id
        self.secret = secret
        self.certificate = certificate
        self.tokenEndpoint = tokenEndpoint
        self.authorizationEndpoint = authorizationEndpoint
        redirects = []
        isWeb = false
    }

    /// The token endpoint of a client file or key file: its `token_uri`, or else the endpoint of the service.
    package static func tokenEndpoint(
        in file: JSON,
        for service: OAuthService?
    ) throws(TokenError) -> HTTPURL {
        guard let text = try text("token_uri", in: file) ?? service?.tokenEndpoint else {
            throw TokenError(
                "it has no `token_uri`; add the address of the token endpoint of the service that issued the client"
            )
        }
        return try endpoint(text, key: "token_uri", of: service)
    }

    /// The service's authorization endpoint is used only with the service's own token endpoint.
    private static func authorizationEndpoint(
        in file: JSON,
        for service: OAuthService?,
        beside tokens: HTTPURL
    ) throws(TokenError) -> HTTPURL? {
        if let text = try text("auth_uri", in: file) { return try endpoint(text, key: "auth_uri", of: service) }
        guard let service, tokens.description == service.tokenEndpoint else { return nil }
        return HTTPURL(service.authorizationEndpoint)
    }

    /// The text under a key; nil when it is absent, null or empty.
    private static func text(_ key: String, in file: JSON) throws(TokenError) -> String? {
        guard let value = file[key], value != .null else { return nil }
        guard let text = value.string else { throw TokenError("its `\(key)` is no text") }
        return text.isEmpty ? nil : text
    }

    /// An endpoint that secrets may be sent to; one that the service has replaced becomes the present one.
    private static func endpoint(
        _ text: String,
        key: String,
        of service: OAuthService?
    ) throws(TokenError) -> HTTPURL {
        guard let url = HTTPURL(service?.replacedEndpoints[text] ?? text), url.isSecure || url.isLoopback else {
            throw TokenError("its `\(key)` is neither https nor on this machine")
        }
        return url
    }
}

/// A certificate of an OAuth client and its private key.
public struct ClientCertificate: Sendable, Hashable {
    /// The SHA-256 of the certificate's DER form, by which the service finds it.
    public let thumbprint: [UInt8]
    /// The private key in PEM form.
    public let key: Secret

    public init(thumbprint: [UInt8], key: Secret) {
        self.thumbprint = thumbprint
        self.key = key
    }
}
