// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Crypto
internal import Delivery

/// Signs requests with AWS Signature Version 4 (IAM user guide, "Create a signed AWS API request").
///
/// Pure: the time is handed in. The same request, credentials and time always give the same signature.
struct SigV4: Sendable {
    private static let algorithm = "AWS4-HMAC-SHA256"
    /// What ends the scope and the chain of keys.
    private static let terminator = "aws4_request"

    let region: String
    /// The name of the service in the scope, such as `ses`, which is not that in its host name.
    let service: String

    /// The request with `X-Amz-Date`, the session token where there is one, and `Authorization`.
    ///
    /// All fields of the request are signed, and `Host` as the client writes it. The request may not be changed afterwards.
    func signed(_ request: HTTPRequest, with credentials: AWSCredentials, at moment: Timestamp) -> HTTPRequest {
        var request = request
        let time = Self.time(moment)
        request.headers.append(HTTPHeader("X-Amz-Date", time))
        if let token = credentials.sessionToken {
            request.headers.append(HTTPHeader("X-Amz-Security-Token", token.exposed))
        }
        let (canonical, names) = Self.canonical(request)
        let date = String(time.prefix(8))
        let scope = "\(date)/\(region)/\(service)/\(Self.terminator)"
        let text = [Self.algorithm, time, scope, ContentHash(of: Array(canonical.utf8)).description]
        var key = SymmetricKey(data: Array("AWS4\(credentials.secretAccessKey.exposed)".utf8))
        for part in [date, region, service, Self.terminator] { key = SymmetricKey(data: Self.code(part, key)) }
        let signature = Self.hexadecimal(Self.code(text.joined(separator: "\n"), key))
        request.headers.append(
            HTTPHeader(
                "Authorization",
                "\(Self.algorithm) Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(names), Signature=\(signature)"
            )
        )
        return request
    }

    /// The canonical form of a request, and the names of the fields in it.
    private static func canonical(_ request: HTTPRequest) -> (text: String, names: String) {
        var fields = ["host": [request.url.hostField]]
        for field in request.headers { fields[field.name.lowercased(), default: []].append(trimmed(field.value)) }
        let names = fields.keys.sorted()
        let lines = names.map { "\($0):\(fields[$0, default: []].joined(separator: ","))" }
        let target = request.url.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let query = target.count == 2 ? canonical(query: target[1]) : ""
        let list = names.joined(separator: ";")
        let hash = ContentHash(of: request.body).description
        let parts = [request.method.rawValue, canonical(path: target[0]), query] + lines + ["", list, hash]
        return (parts.joined(separator: "\n"), list)
    }

    /// The path without dot segments and repeated slashes, percent-encoded once more than in the request.
    private static func canonical(path: Substring) -> String {
        var segments: [Substring] = []
        for segment in path.split(separator: "/") where segment != "." {
            if segment != ".." { segments.append(segment) } else { _ = segments.popLast() }
        }
        let end = path.hasSuffix("/") && !segments.isEmpty ? "/" : ""
        return "/" + segments.map { PercentEncoding.encode(String($0)) }.joined(separator: "/") + end
    }

    /// The items of a query that is already percent-encoded, sorted by name and value.
    private static func canonical(query: Substring) -> String {
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

    /// `20261130T084512Z`.
    private static func time(_ moment: Timestamp) -> String {
        moment.description.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    }

    private static func code(_ text: String, _ key: SymmetricKey) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

extension HTTPURL {
    /// The value of `Host` as clients write it: without the port that is usual for the scheme (RFC 9110 section 7.2).
    var hostField: String {
        let authority = String(origin.drop { $0 != "/" }.dropFirst(2))
        let usual = isSecure ? ":443" : ":80"
        return authority.hasSuffix(usual) ? String(authority.dropLast(usual.count)) : authority
    }
}
