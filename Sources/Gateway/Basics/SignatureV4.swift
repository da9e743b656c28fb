// SPDX-License-Identifier: Apache-2.0
import Crypto

/// The rules of AWS Signature Version 4 that signing and verifying share (IAM user guide, "Create a signed AWS API request").
///
/// Pure: the time is handed in.
package enum SignatureV4 {
    package static let algorithm = "AWS4-HMAC-SHA256"
    /// What ends the scope and the chain of keys.
    private static let terminator = "aws4_request"

    /// The day, region and service that a signature is limited to: `20261130/eu-central-1/ses/aws4_request`.
    package struct Scope: Sendable, Hashable, CustomStringConvertible {
        /// The day in UTC, such as `20261130`.
        package let date: String
        package let region: String
        /// The name of the service in signatures, which is not that in its host name.
        package let service: String

        package init(date: String, region: String, service: String) {
            (self.date, self.region, self.service) = (date, region, service)
        }

        /// Nil unless `parts` are date, region, service and `aws4_request`.
        package init?(parts: [Substring]) {
            guard parts.count == 4, parts[3] == terminator, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
            self.init(date: String(parts[0]), region: String(parts[1]), service: String(parts[2]))
        }

        package var description: String { "\(date)/\(region)/\(service)/\(terminator)" }
    }

    /// The text that is signed: the time, the scope, and the hash of the canonical request.
    package static func textToSign(_ canonical: String, time: String, scope: Scope) -> String {
        [algorithm, time, scope.description, ContentHash(of: Array(canonical.utf8)).description].joined(separator: "\n")
    }

    /// The signature of a text, in lower-case hexadecimal.
    package static func signature(of text: String, scope: Scope, secret: Secret) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key(scope, secret))
        return String(decoding: code.flatMap { [($0 >> 4).lowerHexDigit, ($0 & 15).lowerHexDigit] }, as: UTF8.self)
    }

    /// True when `signature` is that of the text; takes the same time for every signature of 32 bytes.
    package static func isSignature(_ signature: [UInt8], of text: String, scope: Scope, secret: Secret) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: Array(text.utf8), using: key(scope, secret))
    }

    private static func key(_ scope: Scope, _ secret: Secret) -> SymmetricKey {
        var key = SymmetricKey(data: Array("AWS4\(secret.exposed)".utf8))
        for part in [scope.date, scope.region, scope.service, terminator] {
            key = SymmetricKey(data: Array(HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key)))
        }
        return key
    }

    /// `20261130T084512Z`, the form of `X-Amz-Date`.
    package static func time(_ moment: Timestamp) -> String {
        moment.description.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    }

    /// The time in `20261130T084512Z`; nil for any other form.
    package static func moment(_ time: String) -> Timestamp? {
        let bytes = Array(time.utf8)
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z") else { return nil }
        func part(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        return Timestamp(
            "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z"
        )
    }
}

extension SignatureV4 {
    /// A request in the form that is hashed.
    package struct CanonicalRequest: Sendable, Hashable {
        package let method: String
        /// Encoded twice: see ``SignatureV4/encoded(path:)`` and ``SignatureV4/normalized(path:)``.
        package let path: String
        /// As it is on the wire.
        package let query: String
        /// The values of the signed fields by their names in lower case.
        package let fields: [String: [String]]
        package let bodyHash: ContentHash

        package init(method: String, path: String, query: String, fields: [String: [String]], bodyHash: ContentHash) {
            (self.method, self.path, self.query) = (method, path, query)
            (self.fields, self.bodyHash) = (fields, bodyHash)
        }

        /// The names of the signed fields, as `SignedHeaders` lists them.
        package var names: String { fields.keys.sorted().joined(separator: ";") }

        package var text: String {
            let lines = fields.sorted { $0.key < $1.key }.map { name, values in
                "\(name):\(values.map(SignatureV4.trimmed).joined(separator: ","))"
            }
            let parts =
                [method, path, SignatureV4.canonical(query: query)] + lines + ["", names, bodyHash.description]
            return parts.joined(separator: "\n")
        }
    }

    /// The path without dot segments and repeated slashes, percent-encoded once more than in the request.
    package static func normalized(path: some StringProtocol) -> String {
        var segments: [String] = []
        for segment in path.split(separator: "/") where segment != "." {
            if segment != ".." { segments.append(String(segment)) } else { _ = segments.popLast() }
        }
        let end = path.hasSuffix("/") && !segments.isEmpty ? "/" : ""
        return "/" + segments.map(PercentEncoding.encode).joined(separator: "/") + end
    }

    /// The path with its segments as they were sent, percent-encoded once more than in the request.
    package static func encoded(path: some StringProtocol) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).map { PercentEncoding.encode(String($0)) }
            .joined(separator: "/")
    }

    /// The items of a query that is already percent-encoded, sorted by name and value.
    private static func canonical(query: String) -> String {
        guard !query.isEmpty else { return "" }
        let items = query.split(separator: "&", omittingEmptySubsequences: false).map { item in
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: parts.first ?? "", value: parts.count == 2 ? parts[1] : "")
        }
        return items.sorted { ($0.name, $0.value) < ($1.name, $1.value) }.map { "\($0.name)=\($0.value)" }
            .joined(separator: "&")
    }

    /// A value without blanks around it, and with single ones in it.
    private static func trimmed(_ value: String) -> String {
        value.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
    }
}
