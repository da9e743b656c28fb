// SPDX-License-Identifier: Apache-2.0
import Basics
import CryptoExtras
import Delivery
import Foundation
import JSON
import OAuth
import Testing

struct ServiceAccountTests {
    private static func key() throws -> _RSA.Signing.PrivateKey { try _RSA.Signing.PrivateKey(keySize: .bits2048) }

    private static func file(_ key: _RSA.Signing.PrivateKey) -> String {
        let file: JSON = [
            "type": "service_account", "client_email": "robot@project.example", "client_id": "1234",
            "private_key_id": "k1", "private_key": .string(key.pemRepresentation),
            "token_uri": "http://127.0.0.1:1/token",
        ]
        return file.text()
    }

    @Test func statementIsSignedForTheMailboxAndShortLived() async throws {
        let bench = try await TokenBench()
        let key = try Self.key()
        bench.write(Self.file(key), to: "sa.json")
        bench.endpoint.change { state in
            let body: JSON = ["access_token": "sa-token", "expires_in": 3599]
            state.answers = [HTTPResponse(status: 200, body: body.encoded())]
        }
        let source = bench.registry().source(for: bench.request(.serviceAccount(bench.path("sa.json"))))
        #expect(try await source.token(replacing: nil).value.exposed == "sa-token")
        let form = bench.endpoint.lastForm
        #expect(form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer")
        let parts = (form["assertion"] ?? "").split(separator: ".").map(String.init)
        #expect(parts.count == 3)
        let signature = _RSA.Signing.RSASignature(rawRepresentation: Data(Base64URL.decode(parts[2]) ?? []))
        let signed = Data("\(parts[0]).\(parts[1])".utf8)
        #expect(key.publicKey.isValidSignature(signature, for: signed, padding: .insecurePKCS1v1_5))
        let claims = try TokenBench.parse(Base64URL.decode(parts[1]) ?? [])
        let now = Int(TokenBench.start.milliseconds / 1000)
        #expect(claims["iss"] == "robot@project.example")
        #expect(claims["sub"] == "noreply@example.org")
        #expect(claims["aud"] == "http://127.0.0.1:1/token")
        #expect(claims["iat"] == .integer(now - 10))
        #expect((claims["exp"]?.integer ?? .max) <= now + 3600)
    }

    @Test func missingDelegationNamesTheClientAndTheScope() async throws {
        let bench = try await TokenBench()
        bench.write(Self.file(try Self.key()), to: "sa.json")
        bench.endpoint.change {
            $0.answers = [StrictEndpoint.refusal(401, "unauthorized_client", "Client is unauthorized")]
        }
        let source = bench.registry().source(for: bench.request(.serviceAccount(bench.path("sa.json"))))
        let error = await #expect(throws: DeliveryError.self) { try await source.token(replacing: nil) }
        #expect(error?.kind == .misconfigured)
        #expect(error?.remedy?.contains("1234") == true && error?.remedy?.contains("gmail.send") == true)
    }

    @Test(arguments: [
        "{}", "",
        #"{"type":"service_account","client_email":"a","private_key":"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"}"#,
    ])
    func keyFileThatIsNoneIsNamed(_ content: String) async throws {
        let bench = try await TokenBench()
        bench.write(content, to: "sa.json")
        let source = bench.registry().source(for: bench.request(.serviceAccount(bench.path("sa.json"))))
        let error = await #expect(throws: DeliveryError.self) { try await source.token(replacing: nil) }
        #expect(error?.kind == .misconfigured)
        #expect(error?.detail.contains("sa.json") == true && error?.detail.contains("AAAA") == false)
        #expect(bench.endpoint.calls == 0)
    }
}
