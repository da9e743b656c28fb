// SPDX-License-Identifier: Apache-2.0
package import Basics
internal import Crypto
internal import CryptoExtras
package import Delivery
internal import Foundation
internal import JSON
package import OAuth

/// Proves who an OAuth client is: with its secret, or with an assertion that its certificate signs (RFC 7523 section 2.2).
package struct ClientAssertion: Sendable {
    private static let type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    /// How long an assertion is good; a service refuses a long time.
    private static let life = 600

    private let clock: Clock

    package init(clock: @escaping Clock) {
        self.clock = clock
    }

    /// The items of the form; none for a public client.
    package func items(_ client: OAuthClient) throws(DeliveryError) -> [(name: String, value: String)] {
        if let certificate = client.certificate {
            return [
                (name: "client_assertion_type", value: Self.type),
                (name: "client_assertion", value: try assertion(client, certificate)),
            ]
        }
        return client.secret.map { [(name: "client_secret", value: $0.exposed)] } ?? []
    }

    /// Signed with PS256 (RFC 7518 section 3.5); good from a minute ago on, because clocks differ.
    private func assertion(
        _ client: OAuthClient,
        _ certificate: ClientCertificate
    ) throws(DeliveryError) -> String {
        let now = Int(clock().milliseconds / 1000)
        let header: JSON = [
            "alg": "PS256", "typ": "JWT", "x5t#S256": .string(Base64URL.encode(certificate.thumbprint)),
        ]
        let claims: JSON = [
            "aud": .string(client.tokenEndpoint.description), "iss": .string(client.id), "sub": .string(client.id),
            "jti": .string(UUID().uuidString), "iat": .integer(now), "nbf": .integer(now - 60),
            "exp": .integer(now + Self.life),
        ]
        let content = Base64URL.encode(header.encoded()) + "." + Base64URL.encode(claims.encoded())
        do {
            let key = try _RSA.Signing.PrivateKey(pemRepresentation: certificate.key.exposed)
            let signature = try key.signature(for: SHA256.hash(data: Array(content.utf8)), padding: .PSS)
            return content + "." + Base64URL.encode(Array(signature.rawRepresentation))
        } catch {
            throw DeliveryError(
                .misconfigured,
                code: "oauth.client_key",
                detail: "the private key of the client's certificate cannot sign",
                remedy: "give an RSA key in PEM form, without a password, as `client_key`"
            )
        }
    }
}

/// A certificate or private key in PEM form (RFC 7468).
struct PEMBlock {
    let label: String
    let der: [UInt8]
    /// The block with its lines, without what surrounds it.
    let text: String

    /// The first block whose label ends in `suffix`; nil when there is none, or its content is no base64.
    init?(_ text: String, suffix: String) {
        let lines = text.split { $0.isNewline }.map { $0.trimmingCharacters(in: .whitespaces) }
        let mark = "-----"
        guard let start = lines.firstIndex(where: { $0.hasPrefix("\(mark)BEGIN ") && $0.hasSuffix("\(suffix)\(mark)") })
        else { return nil }
        let label = String(lines[start].dropFirst("\(mark)BEGIN ".count).dropLast(mark.count))
        guard let end = lines[start...].firstIndex(of: "\(mark)END \(label)\(mark)"),
            let der = Base64.decode(lines[(start + 1)..<end].joined()), !der.isEmpty
        else { return nil }
        self.label = label
        self.der = der
        self.text = lines[start...end].joined(separator: "\n") + "\n"
    }
}

extension ClientCertificate {
    /// Why a certificate and a key cannot sign.
    enum Fault: Error {
        case noCertificate
        case noKey
        case otherKey
    }

    /// Reads both PEM texts; other blocks in them, such as a chain, are skipped.
    init(certificate: String, key: Secret) throws(Fault) {
        guard let certificate = PEMBlock(certificate, suffix: "CERTIFICATE") else { throw .noCertificate }
        guard let block = PEMBlock(key.exposed, suffix: "PRIVATE KEY"),
            let rsa = try? _RSA.Signing.PrivateKey(pemRepresentation: block.text)
        else { throw .noKey }
        // A certificate contains the public key as it is (RFC 5280 section 4.1, RFC 8017 appendix A.1.1).
        let publicKey = Array(rsa.publicKey.pkcs1DERRepresentation)
        guard certificate.der.contains(publicKey) else { throw .otherKey }
        self.init(thumbprint: Array(SHA256.hash(data: certificate.der)), key: Secret(block.text))
    }
}
