// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Crypto
internal import Delivery
internal import Foundation

/// The keys that AWS knows, and its check of signatures (Signature Version 4).
public struct StandInSigner: Sendable {
    /// The secret of each access key id.
    public var secrets = ["AKIAEXAMPLE": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"]
    /// The session token that belongs to an access key id; none for lasting keys.
    public var sessionTokens: [String: String] = [:]
    /// Session tokens that have ended.
    public var ended: Set<String> = []

    public init() {}

    private struct Signature {
        let keyID: String
        let scope: [String]
        let names: [String]
        let value: String

        /// Parses `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.
        init?(_ field: String) {
            let start = "AWS4-HMAC-SHA256 "
            guard field.hasPrefix(start) else { return nil }
            var parts: [String: String] = [:]
            for item in field.dropFirst(start.count).split(separator: ", ") {
                let pair = item.split(separator: "=", maxSplits: 1).map(String.init)
                guard pair.count == 2 else { return nil }
                parts[pair[0]] = pair[1]
            }
            let credential = parts["Credential"]?.split(separator: "/").map(String.init) ?? []
            guard credential.count == 5, let names = parts["SignedHeaders"], let value = parts["Signature"] else {
                return nil
            }
            (keyID, scope, self.value) = (credential[0], Array(credential[1...]), value)
            self.names = names.split(separator: ";").map(String.init)
        }
    }

    /// Why AWS refuses the request; nil when its signature is right.
    func refusal(of request: HTTPRequest, region: String, service: String, at now: Timestamp) -> HTTPResponse? {
        guard let signature = request.header("Authorization").flatMap({ Signature($0) }),
            let time = request.header("x-amz-date")
        else {
            return .aws(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
        }
        guard let secret = secrets[signature.keyID] else {
            return .aws(403, "UnrecognizedClientException", "The security token included in the request is invalid.")
        }
        let token = request.header("x-amz-security-token")
        if let token, ended.contains(token) {
            return .aws(403, "ExpiredTokenException", "The security token included in the request is expired")
        }
        guard token == sessionTokens[signature.keyID] else {
            return .aws(403, "UnrecognizedClientException", "The security token included in the request is invalid.")
        }
        guard signature.scope == [String(time.prefix(8)), region, service, "aws4_request"] else {
            let words = "Credential should be scoped to a valid region"
            return .aws(403, "InvalidSignatureException", words)
        }
        guard let moment = Self.moment(time), abs((moment - now).milliseconds) <= 300_000 else {
            return .aws(
                403,
                "InvalidSignatureException",
                "Signature expired: \(time) is now earlier than five minutes ago"
            )
        }
        let canonical = Self.canonical(request, signature.names)
        let needed = ["host", "x-amz-date"] + (token == nil ? [] : ["x-amz-security-token"])
        guard needed.allSatisfy(signature.names.contains), signature.names == signature.names.sorted(),
            signature.value == Self.signature(canonical, time, signature.scope, secret)
        else {
            let words = "The request signature we calculated does not match the signature you provided.\n\n"
            return .aws(
                403,
                "SignatureDoesNotMatch",
                "\(words)The Canonical String for this request should have been\n'\(canonical)'"
            )
        }
        return nil
    }

    private static func canonical(_ request: HTTPRequest, _ names: [String]) -> String {
        let target = request.url.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "/-._~")
        let path = String(target[0]).addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
        let query = target.count > 1 ? target[1].split(separator: "&").sorted().joined(separator: "&") : ""
        let lines = names.map { "\($0):\(request.header($0) ?? "")\n" }.joined()
        return [request.method.rawValue, path, query, lines, names.joined(separator: ";"), hash(request.body)]
            .joined(separator: "\n")
    }

    private static func signature(_ canonical: String, _ time: String, _ scope: [String], _ secret: String) -> String {
        let text = ["AWS4-HMAC-SHA256", time, scope.joined(separator: "/"), hash(Array(canonical.utf8))]
        var key = Data("AWS4\(secret)".utf8)
        for part in scope + [text.joined(separator: "\n")] {
            key = Data(HMAC<SHA256>.authenticationCode(for: Data(part.utf8), using: SymmetricKey(data: key)))
        }
        return key.map { String(format: "%02x", $0) }.joined()
    }

    private static func hash(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: Data(bytes)).map { String(format: "%02x", $0) }.joined()
    }

    /// Parses `20261130T084512Z`.
    private static func moment(_ text: String) -> Timestamp? {
        let digits = Array(text)
        guard digits.count == 16 else { return nil }
        func part(_ range: Range<Int>) -> String { String(digits[range]) }
        let date = "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))"
        return Timestamp("\(date)T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z")
    }
}
