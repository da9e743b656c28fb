// SPDX-License-Identifier: Apache-2.0
import Basics
import GatewayTesting
import Testing

@testable import Mail

@Suite struct DKIMKeyTests {
    @Test func recordPublishesTheKey() throws {
        let ed25519 = try DKIMKey(pem: Secret(DKIMTestKeys.football))
        #expect(ed25519.record == "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
        #expect(ed25519.bits == nil)
        let rsa = try DKIMKey(pem: Secret(DKIMTestKeys.short))
        #expect(
            rsa.record
                == "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6"
                + "wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9Pz"
                + "oxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
        )
        #expect(rsa.bits == 1024)
    }

    @Test(arguments: DKIMKey.Algorithm.allCases)
    func newKeysAreReadBack(_ algorithm: DKIMKey.Algorithm) throws {
        let key = try DKIMKey(new: algorithm)
        #expect(key.algorithm == algorithm)
        #expect(key.bits == (algorithm == .rsa ? 2048 : nil))
        #expect(try DKIMKey(pem: key.pem) == key)
        #expect(try DKIMKey(pem: Secret(key.pem.exposed.replacing("\n", with: "\r\n"))) == key)
        #expect(try DKIMKey(new: algorithm) != key)
        #expect(!"\(key)".contains("MII") && String(reflecting: key) == "\(key)")
    }

    /// PKCS #8 of version 2 has the public key after the private one (RFC 8410 section 10.3).
    @Test func ed25519KeyMayCarryItsPublicKey() throws {
        let pem = """
            -----BEGIN PRIVATE KEY-----
            MFECAQEwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
            gSEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
            -----END PRIVATE KEY-----
            """
        #expect(try DKIMKey(pem: Secret(pem)) == DKIMKey(pem: Secret(DKIMTestKeys.football)))
    }

    @Test(arguments: [
        ("", DKIMKeyError.noPEM), ("secrets/dkim.pem", .noPEM), (DKIMTestKeys.tooShort, .tooShort),
        (DKIMTestKeys.elliptic, .otherKind),
        ("-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----", .otherKind),
        ("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----", .otherKind),
        ("-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----", .otherKind),
        ("-----BEGIN PRIVATE KEY-----", .otherKind),
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----", .encrypted),
        ("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n", .encrypted),
        ("-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----", .publicKey),
    ])
    func otherTextsAreRefused(_ text: String, _ fault: DKIMKeyError) {
        #expect(throws: fault) { try DKIMKey(pem: Secret(text)) }
    }
}
