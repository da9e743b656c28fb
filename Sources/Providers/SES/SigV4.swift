// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery

/// Signs requests with AWS Signature Version 4, see ``SignatureV4``.
///
/// Pure: the time is handed in. The same request, credentials and time always give the same signature.
struct SigV4: Sendable {
    let region: String
    /// The name of the service in the scope, such as `ses`, which is not that in its host name.
    let service: String

    /// The request with `X-Amz-Date`, the session token where there is one, and `Authorization`.
    ///
    /// All fields of the request are signed, and `Host` as the client writes it. The request may not be changed afterwards.
    func signed(_ request: HTTPRequest, with credentials: AWSCredentials, at moment: Timestamp) -> HTTPRequest {
        var request = request
        let time = SignatureV4.time(moment)
        request.headers.append(HTTPHeader("X-Amz-Date", time))
        if let token = credentials.sessionToken {
            request.headers.append(HTTPHeader("X-Amz-Security-Token", token.exposed))
        }
        let canonical = Self.canonical(request)
        let scope = SignatureV4.Scope(date: String(time.prefix(8)), region: region, service: service)
        let text = SignatureV4.textToSign(canonical.text, time: time, scope: scope)
        let signature = SignatureV4.signature(of: text, scope: scope, secret: credentials.secretAccessKey)
        let parts = [
            "Credential=\(credentials.accessKeyID)/\(scope)", "SignedHeaders=\(canonical.names)",
            "Signature=\(signature)",
        ]
        let value = "\(SignatureV4.algorithm) \(parts.joined(separator: ", "))"
        request.headers.append(HTTPHeader("Authorization", value))
        return request
    }

    private static func canonical(_ request: HTTPRequest) -> SignatureV4.CanonicalRequest {
        var fields = ["host": [request.url.hostField]]
        for field in request.headers { fields[field.name.lowercased(), default: []].append(field.value) }
        let target = request.url.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        return SignatureV4.CanonicalRequest(
            method: request.method.rawValue,
            path: SignatureV4.normalized(path: target[0]),
            query: target.count == 2 ? String(target[1]) : "",
            fields: fields,
            bodyHash: ContentHash(of: request.body)
        )
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
