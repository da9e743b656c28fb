// SPDX-License-Identifier: Apache-2.0
import Basics
import Crypto
import CryptoExtras
import Foundation

/// A new RSA key with a certificate, of which only what matters here is real: its form, and the public key in it.
struct SampleCertificate: Sendable {
    let rsa: _RSA.Signing.PrivateKey
    /// The certificate in PEM form.
    let pem: String
    let thumbprint: [UInt8]
    /// The key in PEM form.
    var key: String { rsa.pkcs8PEMRepresentation + "\n" }

    init() throws {
        rsa = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let content = Array(rsa.publicKey.derRepresentation)
        // SEQUENCE with a length of two octets (X.690 section 8.1.3.5).
        let der = [0x30, 0x82, UInt8(content.count >> 8), UInt8(truncatingIfNeeded: content.count)] + content
        thumbprint = Array(SHA256.hash(data: der))
        let text = Data(der).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        pem = "-----BEGIN CERTIFICATE-----\n\(text)\n-----END CERTIFICATE-----\n"
    }
}
