// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Crypto
internal import CryptoExtras
internal import Delivery
internal import Synchronization

/// The certificate with which Amazon SNS signs (X.509, RFC 5280).
///
/// Amazon serves it alone, without the intermediate certificates that a chain to a root would need. So its authenticity comes from
/// the TLS connection to Amazon's own host, which libcurl verifies, as in Amazon's libraries; the certificate itself has to
/// be valid at the time, and for SNS. That needs four of its fields, which a small reader of DER finds.
struct SNSCertificate: Sendable {
    private static let subject = "sns.amazonaws.com"

    private let key: _RSA.Signing.PublicKey
    private let validity: (from: Timestamp, to: Timestamp)
    private let commonName: String?

    /// Reads a certificate in DER; nil when it is none with an RSA key.
    init?(der: [UInt8]) {
        var file = DERReader(der[...])
        guard var certificate = file.sequence(), file.isAtEnd, var fields = certificate.sequence() else { return nil }
        _ = fields.next(DERReader.version)
        // The serial number, the algorithm and the issuer.
        guard fields.next(DERReader.integer) != nil, fields.sequence() != nil, fields.sequence() != nil,
            var validity = fields.sequence(), let from = validity.time(), let to = validity.time(),
            var subject = fields.sequence(), let key = fields.next(DERReader.sequenceTag),
            // Another kind of key; the caller says what it needs.
            let rsa = try? _RSA.Signing.PublicKey(derRepresentation: Array(key.whole))
        else { return nil }
        self.key = rsa
        self.validity = (from, to)
        commonName = subject.commonName()
    }

    /// Refuses a certificate that is for another service, or not valid at the time.
    func check(at now: Timestamp) throws(EventRejection) {
        guard commonName == Self.subject else {
            throw .unauthorized(detail: "the certificate is not for \(Self.subject)")
        }
        guard validity.from <= now, now <= validity.to else {
            throw .unauthorized(detail: "the certificate of the signature is not valid now")
        }
    }

    /// Whether the signature of a call is made with the certificate's key (RSASSA-PKCS1-v1_5 with SHA-256).
    func hasSigned(_ envelope: SNSEnvelope) -> Bool {
        key.isValidSignature(
            _RSA.Signing.RSASignature(rawRepresentation: envelope.signature),
            for: SHA256.hash(data: envelope.signedBytes),
            padding: .insecurePKCS1v1_5
        )
    }
}

/// Fetches the certificates of Amazon SNS, and keeps those that signed a call.
final class SNSCertificates: Sendable {
    private typealias Load = Task<Result<SNSCertificate, EventRejection>, Never>

    private struct State {
        var known: [HTTPURL: SNSCertificate] = [:]
        /// Those on their way, so that all callers wait for the same fetch.
        var loads: [HTTPURL: Load] = [:]
    }

    /// Amazon has one certificate a region and year.
    private static let mostKnown = 32
    /// More addresses at a time come from a caller who tries some.
    private static let mostLoads = 32

    private let client: any HTTPClient
    private let timeout: Duration
    private let state = Mutex(State())

    init(client: any HTTPClient, timeout: Duration) {
        (self.client, self.timeout) = (client, timeout)
    }

    /// The certificate at an address.
    func certificate(at url: HTTPURL) async throws(EventRejection) -> SNSCertificate {
        if let known = state.withLock({ $0.known[url] }) { return known }
        let load = state.withLock { state -> Load? in
            if let load = state.loads[url] { return load }
            guard state.loads.count < Self.mostLoads else { return nil }
            let load = Load { [self] in
                let result = await fetch(url)
                self.state.withLock { $0.loads[url] = nil }
                return result
            }
            state.loads[url] = load
            return load
        }
        guard let load else { throw .unavailable("too many certificates of Amazon SNS are being fetched") }
        return try await load.value.get()
    }

    /// Keeps a certificate that signed a call.
    ///
    /// One that did not may come from a caller who tries addresses.
    func keep(_ certificate: SNSCertificate, from url: HTTPURL) {
        state.withLock { state in
            if state.known.count >= Self.mostKnown, state.known[url] == nil { state.known = [:] }
            state.known[url] = certificate
        }
    }

    private func fetch(_ url: HTTPURL) async -> Result<SNSCertificate, EventRejection> {
        let response: HTTPResponse
        do throws(HTTPFailure) {
            response = try await client.perform(HTTPRequest(.get, url, timeout: timeout))
        } catch {
            return .failure(.unavailable("the certificate of Amazon SNS cannot be fetched: \(error.detail)"))
        }
        switch response.status {
        case 200: break
        case 400..<500 where ![408, 425, 429].contains(response.status):
            return .failure(.unauthorized(detail: "Amazon SNS has no such certificate (\(response.status))"))
        default:
            let detail = "the certificate of Amazon SNS cannot be fetched: the answer was \(response.status)"
            return .failure(.unavailable(detail))
        }
        let text = String(decoding: response.body, as: UTF8.self)
        guard let block = PEMBlock(text, suffix: "CERTIFICATE"), let certificate = SNSCertificate(der: block.der) else {
            return .failure(.unauthorized(detail: "there is no certificate with an RSA key at `SigningCertURL`"))
        }
        return .success(certificate)
    }
}

/// Reads values of DER (X.690 section 10) one after the other.
struct DERReader {
    static let integer: UInt8 = 0x02
    static let sequenceTag: UInt8 = 0x30
    /// `[0]`, the version of a certificate.
    static let version: UInt8 = 0xA0
    private static let set: UInt8 = 0x31
    private static let objectID: UInt8 = 0x06
    private static let utcTime: UInt8 = 0x17
    private static let generalizedTime: UInt8 = 0x18
    /// 2.5.4.3.
    private static let commonNameID: [UInt8] = [0x55, 0x04, 0x03]

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    /// The next value if it has this tag: all of it, and its content.
    mutating func next(_ tag: UInt8) -> (whole: ArraySlice<UInt8>, content: ArraySlice<UInt8>)? {
        var bytes = rest
        guard bytes.popFirst() == tag, let first = bytes.popFirst() else { return nil }
        var length = Int(first)
        if first >= 0x80 {
            // Up to three octets of length; none, in BER for an unknown length, is no DER.
            let octets = bytes.prefix(Int(first & 0x7F))
            guard (1...3).contains(octets.count), octets.count == Int(first & 0x7F), octets.first != 0 else {
                return nil
            }
            length = octets.reduce(0) { $0 << 8 | Int($1) }
            guard length >= 0x80 else { return nil }
            bytes = bytes.dropFirst(octets.count)
        }
        let content = bytes.prefix(length)
        guard content.count == length else { return nil }
        defer { rest = rest[content.endIndex...] }
        return (rest[..<content.endIndex], content)
    }

    mutating func sequence() -> DERReader? { next(Self.sequenceTag).map { DERReader($0.content) } }

    /// A time in the forms of RFC 5280 section 4.1.2.5: in UTC, with seconds.
    mutating func time() -> Timestamp? {
        let text: String
        if let value = next(Self.utcTime) {
            let digits = String(decoding: value.content, as: UTF8.self)
            text = (digits < "5" ? "20" : "19") + digits
        } else if let value = next(Self.generalizedTime) {
            text = String(decoding: value.content, as: UTF8.self)
        } else {
            return nil
        }
        let digits = Array(text.utf8)
        guard digits.count == 15, digits[14] == UInt8(ascii: "Z") else { return nil }
        let parts = [0..<4, 4..<6, 6..<8, 8..<10, 10..<12, 12..<14].map { String(decoding: digits[$0], as: UTF8.self) }
        return Timestamp("\(parts[0])-\(parts[1])-\(parts[2])T\(parts[3]):\(parts[4]):\(parts[5])Z")
    }

    /// The last common name in a sequence of sets of attributes.
    mutating func commonName() -> String? {
        var name: String?
        while let set = next(Self.set) {
            var attributes = DERReader(set.content)
            while var attribute = attributes.sequence() {
                guard let id = attribute.next(Self.objectID), Array(id.content) == Self.commonNameID else { continue }
                // UTF8String, PrintableString or another kind: the tag does not matter.
                guard let tag = attribute.rest.first, let value = attribute.next(tag) else { continue }
                name = String(decoding: value.content, as: UTF8.self)
            }
        }
        return name
    }
}
