// SPDX-License-Identifier: Apache-2.0
package import Basics
internal import CryptoExtras
package import Delivery
internal import Foundation
internal import JSON
package import OAuth

/// Requests tokens for a mailbox with a signed assertion of a service account (RFC 7523; Google: domain-wide delegation).
package struct ServiceAccountGrant: TokenGrant {
    private static let grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer"

    private let file: TokenFile
    private let account: String
    private let scope: String
    private let service: OAuthService?
    private let endpoint: TokenEndpoint
    private let subject: TokenSubject
    private let clock: Clock

    package init(_ file: TokenFile, _ request: TokenRequest, endpoint: TokenEndpoint, clock: @escaping Clock) {
        self.file = file
        self.endpoint = endpoint
        self.clock = clock
        account = request.account
        scope = request.scopes.first ?? ""
        service = request.service
        subject = TokenSubject(request)
    }

    package func renew(_ current: OAuthToken?) async throws(DeliveryError) -> OAuthToken {
        let key: Key
        do throws(TokenError) { key = try Key(file, service) } catch {
            throw DeliveryError(
                .misconfigured,
                code: "oauth.key_file",
                detail: error.description,
                remedy: "download a JSON key of the service account from the Google Cloud console"
            )
        }
        var subject = subject
        subject.isServiceAccount = true
        subject.clientID = key.clientID
        let form = [
            (name: "grant_type", value: Self.grantType), (name: "assertion", value: try assertion(key)),
        ]
        return try await endpoint.token(form, at: key.endpoint, about: subject)
    }

    /// The assertion, signed with RS256 (RFC 7515); issued ten seconds in the past, because clocks differ.
    private func assertion(_ key: Key) throws(DeliveryError) -> String {
        let issued = Int(clock().milliseconds / 1000) - 10
        let header: JSON = ["alg": "RS256", "typ": "JWT", "kid": .string(key.id)]
        let claims: JSON = [
            "iss": .string(key.email), "sub": .string(account), "scope": .string(scope),
            "aud": .string(key.endpoint.description), "iat": .integer(issued), "exp": .integer(issued + 3600),
        ]
        let content = Base64URL.encode(header.encoded()) + "." + Base64URL.encode(claims.encoded())
        do {
            let signature = try key.rsa.signature(for: Data(content.utf8), padding: .insecurePKCS1v1_5)
            return content + "." + Base64URL.encode(Array(signature.rawRepresentation))
        } catch {
            throw DeliveryError(.misconfigured, code: "oauth.key_file", detail: "\(file.path): its key cannot sign")
        }
    }

    /// The relevant content of the key file.
    private struct Key {
        let email: String
        let clientID: String?
        let id: String
        let endpoint: HTTPURL
        let rsa: _RSA.Signing.PrivateKey

        init(_ file: TokenFile, _ service: OAuthService?) throws(TokenError) {
            let json = try file.json()
            func fault(_ words: String) -> TokenError { TokenError("\(file.path): \(words)") }
            guard json["type"]?.string == "service_account", let email = json["client_email"]?.string,
                let pem = json["private_key"]?.string
            else { throw fault("it is no key file of a service account") }
            do throws(TokenError) { endpoint = try OAuthClient.tokenEndpoint(in: json, for: service) } catch {
                throw fault(error.description)
            }
            guard let rsa = try? _RSA.Signing.PrivateKey(pemRepresentation: pem) else {
                throw fault("its `private_key` is no RSA key in PEM form")
            }
            self.email = email
            self.rsa = rsa
            clientID = json["client_id"]?.string
            id = json["private_key_id"]?.string ?? ""
        }
    }
}
