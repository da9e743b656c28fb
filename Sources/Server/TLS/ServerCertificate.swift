// SPDX-License-Identifier: Apache-2.0
package import Basics
package import NIOSSL

/// A certificate with its chain and its private key, ready for TLS 1.2 and 1.3 as a server.
package struct ServerCertificate: Sendable {
    package let summary: CertificateSummary
    /// What a `NIOSSLServerHandler` needs.
    package let context: NIOSSLContext

    /// Reads a chain and a key in PEM; the first certificate is that of the server.
    package init(chain: [UInt8], privateKey: [UInt8]) throws(CertificateFault) {
        let certificates: [NIOSSLCertificate]
        do { certificates = try NIOSSLCertificate.fromPEMBytes(chain) } catch { throw .noCertificate }
        guard let leaf = certificates.first else { throw .noCertificate }
        let key: NIOSSLPrivateKey
        do { key = try NIOSSLPrivateKey(bytes: privateKey, format: .pem) } catch { throw .noPrivateKey }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        do { context = try NIOSSLContext(configuration: configuration) } catch { throw .foreignPrivateKey }
        summary = CertificateSummary(leaf)
    }

    package var names: [String] { summary.names }
    package var notAfter: Timestamp { summary.notAfter }
    package func covers(_ host: String) -> Bool { summary.covers(host) }
    package func fault(at now: Timestamp) -> CertificateFault? { summary.fault(at: now) }
}

/// For whom a certificate is, and when it is valid.
package struct CertificateSummary: Sendable, Hashable {
    /// The DNS names and IP addresses that it was issued for (its `subjectAltName`), in lower case.
    package let names: [String]
    package let notBefore: Timestamp
    package let notAfter: Timestamp

    package init(_ certificate: NIOSSLCertificate) {
        names = Self.names(of: certificate)
        notBefore = Timestamp(milliseconds: Int64(certificate.notValidBefore) * 1000)
        notAfter = Timestamp(milliseconds: Int64(certificate.notValidAfter) * 1000)
    }

    /// True when a client that connects to `host` accepts the certificate's names (RFC 9525 section 6.3).
    package func covers(_ host: String) -> Bool {
        let host = IPAddress(host)?.description ?? host.lowercased()
        return names.contains { name in
            if name == host { return true }
            guard name.hasPrefix("*."), let dot = host.firstIndex(of: ".") else { return false }
            return host[dot...] == name.dropFirst()
        }
    }

    /// The fault of its times at `now`; nil while it is valid.
    package func fault(at now: Timestamp) -> CertificateFault? {
        if now < notBefore { return .notYetValid(notBefore) }
        return now >= notAfter ? .expired(notAfter) : nil
    }

    private static func names(of certificate: NIOSSLCertificate) -> [String] {
        certificate._subjectAlternativeNames().compactMap { name in
            let bytes = unsafe name.contents.withUnsafeBufferPointer { unsafe Array($0) }
            switch name.nameType {
            case .dnsName: return String(decoding: bytes, as: UTF8.self).lowercased()
            case .ipAddress: return IPAddress(bytes: bytes)?.description
            default: return nil
            }
        }
    }
}

/// Why a certificate cannot be used.
package enum CertificateFault: Error, Sendable, Hashable {
    package enum File: Sendable, Hashable {
        case certificate
        case privateKey
    }

    case unreadable(path: String, File)
    case noCertificate
    case noPrivateKey
    case foreignPrivateKey
    case notYetValid(Timestamp)
    case expired(Timestamp)

    /// The file with the fault.
    package var file: File {
        switch self {
        case .unreadable(_, let file): file
        case .noPrivateKey, .foreignPrivateKey: .privateKey
        case .noCertificate, .notYetValid, .expired: .certificate
        }
    }

    /// What is wrong.
    package var problem: String {
        switch self {
        case .unreadable(let path, _): "\(path) cannot be read"
        case .noCertificate: "the file holds no certificate in PEM"
        case .noPrivateKey: "the file holds no private key in PEM, or one with a passphrase"
        case .foreignPrivateKey: "the private key does not belong to the certificate"
        case .notYetValid(let moment): "the certificate is not valid before \(moment)"
        case .expired(let moment): "the certificate expired at \(moment)"
        }
    }

    package var remedy: String {
        switch self {
        case .unreadable: "give the path of a file that this user may read"
        case .noCertificate: "give a file with the certificate of the server, followed by those of its issuers"
        case .noPrivateKey: "give the key as `BEGIN PRIVATE KEY` without a passphrase"
        case .foreignPrivateKey: "give the key and the certificate that were made together"
        case .notYetValid: "check the clock, or give the certificate that is valid now"
        case .expired: "renew the certificate"
        }
    }
}
