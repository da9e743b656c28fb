// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import HTTPTypes
internal import Submission

/// The signature of a call, AWS Signature Version 4 in the field `Authorization`.
///
/// Pure. Reading it checks the form and the clock, before the body is there; ``check(_:secrets:)`` checks the rest.
struct SESSignature: Sendable {
    /// How far the clock of a client may be off.
    private static let tolerance = Duration.seconds(300)

    private let credential: Credential
    /// The value of `X-Amz-Date`.
    private let time: String

    /// The id of the API key.
    var keyID: String { credential.keyID }

    /// Reads the signature of a call; throws a problem for a form that is not taken, and for a clock that is off.
    init(_ call: FrontCall) throws(Refusal) {
        credential = try Credential(call)
        guard let time = call.fields[.amzDate], let moment = SignatureV4.moment(time) else {
            throw Refusal(.wrongSignature("X-Amz-Date is missing, or is not a time such as 20261130T084512Z."))
        }
        self.time = time
        let skew = abs((moment - call.now).milliseconds)
        guard skew <= Self.tolerance.milliseconds else {
            throw Refusal(
                .wrongSignature(
                    "Signature expired: the request was signed at \(time), and the clock of this server says "
                        + "\(SignatureV4.time(call.now)). The two may differ by 5 minutes; set the clock of the client."
                )
            )
        }
        guard time.hasPrefix(credential.scope.date) else {
            let words = "The day in Credential, \(credential.scope.date), is not that of X-Amz-Date, \(time)."
            throw Refusal(.wrongSignature(words))
        }
    }

    /// Throws a problem unless one of the secrets signed the call, whose body is as it was sent.
    func check(_ call: FrontCall, secrets: [Secret]) throws(Refusal) {
        guard !secrets.isEmpty else { throw Refusal(.signaturesAreOff) }
        let texts = try texts(of: call)
        // Every candidate is tried, so that the time says nothing about which one came close.
        var isMade = false
        for secret in secrets {
            for text in texts
            where SignatureV4.isSignature(credential.code, of: text, scope: credential.scope, secret: secret) {
                isMade = true
            }
        }
        guard !isMade else { return }
        throw Refusal(
            .wrongSignature(
                "The request signature does not match. Check the secret access key of \(keyID), and that no proxy changes "
                    + "the Host header (\(call.authority ?? "none") arrived) or the path (\(call.path) arrived)."
            )
        )
    }

    /// The texts of which it may be the signature: some clients sign the path as they send it, others without its doubled
    /// slashes and dot segments, and a trusted proxy may name another host than it sends.
    private func texts(of call: FrontCall) throws(Refusal) -> [String] {
        let hash = try Self.bodyHash(call)
        let hosts = [call.authority, call.forwardedHost?.split(separator: ",").first.map(String.init)]
        let paths = Set([SignatureV4.encoded(path: call.path), SignatureV4.normalized(path: call.path)])
        var texts: [String] = []
        for host in hosts.compactMap(\.self) {
            let fields = try fields(of: call, host: host)
            for path in paths {
                let canonical = SignatureV4.CanonicalRequest(
                    method: call.method.rawValue,
                    path: path,
                    query: call.query ?? "",
                    fields: fields,
                    bodyHash: hash
                )
                texts.append(SignatureV4.textToSign(canonical.text, time: time, scope: credential.scope))
            }
        }
        return texts
    }

    /// The hash of the body, which has to be that in `X-Amz-Content-Sha256` where the client sent one.
    private static func bodyHash(_ call: FrontCall) throws(Refusal) -> ContentHash {
        let hash = ContentHash(of: call.body)
        guard let given = call.fields[.amzContentHash] else { return hash }
        if given == "UNSIGNED-PAYLOAD" || given.hasPrefix("STREAMING-") {
            let words = "X-Amz-Content-Sha256 is \(given.prefix(64)); the body has to be signed as a whole."
            throw Refusal(.wrongSignature(words))
        }
        guard given.lowercased() == hash.description else {
            let words = "X-Amz-Content-Sha256 is not the hash of the body that arrived; something changed the body."
            throw Refusal(.wrongSignature(words))
        }
        return hash
    }

    private func fields(of call: FrontCall, host: String) throws(Refusal) -> [String: [String]] {
        var fields: [String: [String]] = [:]
        for name in credential.names {
            let values = name == "host" ? [host] : HTTPField.Name(name).map { call.fields[values: $0] } ?? []
            guard !values.isEmpty else {
                let words = "The signed header `\(name)` did not arrive; see that no proxy removes it."
                throw Refusal(.wrongSignature(words))
            }
            fields[name] = values
        }
        return fields
    }
}

extension SESSignature {
    /// `AWS4-HMAC-SHA256 Credential=ID/DATE/REGION/SERVICE/aws4_request, SignedHeaders=a;b, Signature=HEX`.
    private struct Credential {
        /// The names of services that clients sign for; `email` comes from old set-ups.
        private static let services: Set<String> = ["ses", "email"]

        let keyID: String
        let scope: SignatureV4.Scope
        let names: [String]
        let code: [UInt8]

        init(_ call: FrontCall) throws(Refusal) {
            let value = try Self.value(call)
            var parts: [Substring: Substring] = [:]
            for item in value.split(separator: ",") {
                let pair = item.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
                if pair.count == 2 { parts[pair[0]] = pair[1].prefix { $0 != " " } }
            }
            let credential = parts["Credential"]?.split(separator: "/", omittingEmptySubsequences: false) ?? []
            guard let id = credential.first, !id.isEmpty,
                let scope = SignatureV4.Scope(parts: Array(credential.dropFirst())),
                let names = parts["SignedHeaders"]?.split(separator: ";").map(String.init),
                let code = parts["Signature"].flatMap(Self.bytes)
            else {
                throw Refusal(
                    .wrongSignature(
                        "Authorization is not of the form `AWS4-HMAC-SHA256 "
                            + "Credential=ID/DATE/REGION/SERVICE/aws4_request, SignedHeaders=…, Signature=…`."
                    )
                )
            }
            guard names == Set(names).sorted(), names.allSatisfy({ $0 == $0.lowercased() }) else {
                throw Refusal(.wrongSignature("SignedHeaders has to be a sorted list of names in lower case."))
            }
            guard names.contains("host") else {
                throw Refusal(.wrongSignature("SignedHeaders does not name `host`, which has to be signed."))
            }
            guard Self.services.contains(scope.service) else {
                let words = "The signature is for the service `\(scope.service.prefix(32))`; sign for `ses`."
                throw Refusal(.wrongSignature(words))
            }
            (keyID, self.scope, self.names, self.code) = (String(id), scope, names, code)
        }

        /// What follows the name of the algorithm.
        private static func value(_ call: FrontCall) throws(Refusal) -> Substring {
            let query = (call.query ?? "").split(separator: "&").map { $0.prefix { $0 != "=" }.lowercased() }
            if query.contains("x-amz-signature") || query.contains("x-amz-algorithm") {
                let words = "Signatures in the query are not taken; sign in the header Authorization."
                throw Refusal(.wrongSignature(words))
            }
            guard let field = call.fields[.authorization] else { throw Refusal(.noSignature) }
            if field.hasPrefix("AWS4-ECDSA-") {
                throw Refusal(.wrongSignature("SigV4A is not taken; sign with \(SignatureV4.algorithm)."))
            }
            guard field.hasPrefix("\(SignatureV4.algorithm) ") else { throw Refusal(.noSignature) }
            return field.dropFirst(SignatureV4.algorithm.count + 1)
        }

        /// The 32 bytes of a hexadecimal text; nil for any other text.
        private static func bytes(_ text: Substring) -> [UInt8]? {
            let digits = text.utf8.compactMap(\.hexValue)
            guard digits.count == 64, text.utf8.count == 64 else { return nil }
            return stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        }
    }
}

extension HTTPField.Name {
    fileprivate static let amzDate = HTTPField.Name(constant: "X-Amz-Date")
    fileprivate static let amzContentHash = HTTPField.Name(constant: "X-Amz-Content-Sha256")
}

extension Problem {
    /// The name of every problem with a signature.
    static let signatureName = "signature"

    static let noSignature = Problem(
        "unauthorized",
        title: "A signature is needed",
        status: 401,
        detail: "The request is not signed. Give the client the access key id and the secret access key that "
            + "`posthaste keys create --front ses` prints."
    )

    static let signaturesAreOff = Problem(
        "forbidden",
        title: "Signatures cannot be checked",
        status: 403,
        detail:
            "The SES front of this gateway is off: it needs a sealing key, from which secret access keys are derived. The "
            + "operator has to set `sealing_key`."
    )

    static func wrongSignature(_ detail: String) -> Problem {
        Problem(signatureName, title: "The signature is not good", status: 403, detail: detail)
    }
}
