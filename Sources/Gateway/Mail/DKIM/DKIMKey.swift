// SPDX-License-Identifier: Apache-2.0
package import Basics
import Crypto
import CryptoExtras
import Foundation

/// A private key for signatures (RFC 6376 section 3.3, RFC 8463); it is never printed.
package struct DKIMKey: Sendable {
    package enum Algorithm: String, Sendable, Hashable, CaseIterable {
        case rsa
        case ed25519

        /// The value of `a=`.
        var tag: String { "\(rawValue)-sha256" }
    }

    private enum Storage: Sendable {
        case rsa(_RSA.Signing.PrivateKey)
        case ed25519(Curve25519.Signing.PrivateKey)
    }

    private let storage: Storage
    /// The text of the DNS record that publishes the public key (RFC 6376 section 3.6.1).
    package let record: String

    private init(_ storage: Storage) {
        self.storage = storage
        let (kind, key) =
            switch storage {
            // The key as SubjectPublicKeyInfo, which all verifiers read.
            case .rsa(let key): ("rsa", Array(key.publicKey.derRepresentation))
            // The bare 32 octets (RFC 8463 section 4).
            case .ed25519(let key): ("ed25519", Array(key.publicKey.rawRepresentation))
            }
        record = "v=DKIM1; k=\(kind); p=\(Base64.encode(key))"
    }

    /// A new key; an RSA key has 2,048 bits.
    package init(new algorithm: Algorithm) throws(DKIMKeyError) {
        switch algorithm {
        case .rsa:
            do { self.init(.rsa(try _RSA.Signing.PrivateKey(keySize: .bits2048))) } catch { throw .unusable }
        case .ed25519: self.init(.ed25519(Curve25519.Signing.PrivateKey()))
        }
    }

    package var algorithm: Algorithm {
        switch storage {
        case .rsa: .rsa
        case .ed25519: .ed25519
        }
    }

    /// The length of an RSA key; nil for Ed25519, whose keys have one length.
    package var bits: Int? {
        switch storage {
        case .rsa(let key): key.keySizeInBits
        case .ed25519: nil
        }
    }

    /// The signature of a digest: PKCS #1 v1.5 (RFC 8017 section 8.2), or PureEdDSA over the digest (RFC 8463 section 3).
    ///
    /// Nil when the library cannot sign; a key that was read has signed once.
    func signature(of digest: SHA256.Digest) -> [UInt8]? {
        // The caller can do nothing about the reason.
        switch storage {
        case .rsa(let key):
            (try? key.signature(for: digest, padding: .insecurePKCS1v1_5)).map { Array($0.rawRepresentation) }
        case .ed25519(let key): (try? key.signature(for: Data(digest))).map { Array($0) }
        }
    }
}

extension DKIMKey: Hashable {
    package static func == (one: DKIMKey, other: DKIMKey) -> Bool { one.record == other.record }
    package func hash(into hasher: inout Hasher) { hasher.combine(record) }
}

extension DKIMKey: CustomStringConvertible, CustomReflectable {
    package var description: String { "\(algorithm.rawValue) key" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Keys in PEM form.
extension DKIMKey {
    /// The start of an Ed25519 key in PKCS #8 form, up to its 32 octets, after the version (RFC 8410 section 7).
    private static let ed25519Prefix: [UInt8] = [
        0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]

    /// Reads an RSA or Ed25519 key in PEM form, PKCS #8 or PKCS #1, not encrypted.
    ///
    /// An RSA key has 1,024 bits or more (RFC 8301 section 3.2).
    package init(pem: Secret) throws(DKIMKeyError) {
        let text = pem.exposed
        if let fault = Self.labelFault(text) { throw fault }
        if let key = try Self.ed25519(text) { self = key } else { self = try Self.rsa(text) }
        guard signature(of: SHA256.hash(data: [UInt8]())) != nil else { throw .unusable }
    }

    private static func labelFault(_ text: String) -> DKIMKeyError? {
        if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || text.contains("Proc-Type: 4,ENCRYPTED") {
            return .encrypted
        }
        if text.contains("-----BEGIN PRIVATE KEY-----") || text.contains("-----BEGIN RSA PRIVATE KEY-----") {
            return nil
        }
        if text.contains("-----BEGIN PUBLIC KEY-----") || text.contains("-----BEGIN RSA PUBLIC KEY-----") {
            return .publicKey
        }
        return text.contains("-----BEGIN ") ? .otherKind : .noPEM
    }

    private static func ed25519(_ text: String) throws(DKIMKeyError) -> DKIMKey? {
        guard let start = text.range(of: "-----BEGIN PRIVATE KEY-----"),
            let end = text.range(of: "-----END PRIVATE KEY-----", range: start.upperBound..<text.endIndex),
            let der = Base64.decode(String(text[start.upperBound..<end.lowerBound].filter { !$0.isWhitespace })),
            // SEQUENCE, then the version, which is 1 when the public key follows (RFC 5958).
            der.count >= 48, der[0] == 0x30, der[2...3] == [0x02, 0x01], der[5..<16].elementsEqual(ed25519Prefix)
        else { return nil }
        do { return DKIMKey(.ed25519(try Curve25519.Signing.PrivateKey(rawRepresentation: der[16..<48]))) } catch {
            throw .unusable
        }
    }

    private static func rsa(_ text: String) throws(DKIMKeyError) -> DKIMKey {
        do {
            return DKIMKey(.rsa(try _RSA.Signing.PrivateKey(unsafePEMRepresentation: text)))
        } catch CryptoKitError.incorrectParameterSize {
            throw .tooShort
        } catch {
            throw .otherKind
        }
    }

    /// The key in PEM form (PKCS #8), with a line break at the end.
    package var pem: Secret {
        switch storage {
        case .rsa(let key): return Secret(key.pkcs8PEMRepresentation + "\n")
        case .ed25519(let key):
            let der = [0x30, 0x2E, 0x02, 0x01, 0x00] + Self.ed25519Prefix + Array(key.rawRepresentation)
            return Secret("-----BEGIN PRIVATE KEY-----\n\(Base64.encode(der))\n-----END PRIVATE KEY-----\n")
        }
    }
}

/// Why a text is no key for signatures.
package enum DKIMKeyError: Error, Sendable, Hashable {
    case noPEM
    case encrypted
    case publicKey
    case otherKind
    case tooShort
    case unusable

    package var problem: String {
        switch self {
        case .noPEM: "this is no private key in PEM form"
        case .encrypted: "the key is encrypted with a passphrase"
        case .publicKey: "this is a public key"
        case .otherKind: "this is no RSA or Ed25519 key"
        case .tooShort: "the RSA key has fewer than 1,024 bits, and receivers ignore its signatures"
        case .unusable: "the key cannot sign"
        }
    }

    package var remedy: String {
        let new = "make a key with `posthaste dkim new DOMAIN SELECTOR`"
        return switch self {
        case .noPEM: "name its file: `key: !file secrets/dkim.pem`; \(new)"
        case .encrypted: "write it without one (`openssl pkey -in KEY -out dkim.pem`)"
        case .publicKey: "take the private key that belongs to it; the public key goes into the DNS"
        case .otherKind, .tooShort, .unusable: new
        }
    }
}
