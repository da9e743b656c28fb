// SPDX-License-Identifier: Apache-2.0
internal import Basics
public import Delivery
internal import JSON
internal import Mail

/// A stand-in for Mailjet's Send API v3.1.
///
/// It refuses unknown keys, members, types and addresses, forbidden headers, senders that are not verified, and mail over the
/// limits: each message of a call by itself, as Mailjet does. In sandbox mode it validates only.
public struct StandInMailjet: StandInMailService {
    public var key = "b9f1"
    public var secretKey = "5ec7"
    /// The domains whose addresses may send.
    public var domains: Set<String> = ["example.org"]
    /// Addresses that make a message invalid.
    public var refused: Set<String> = []
    /// The status of a call of which some messages were taken.
    public var mixedStatus = 200
    /// The messages; the body of each is its entry with the common members.
    public private(set) var taken: [ServiceMail] = []

    public init() {}

    public mutating func answer(_ request: HTTPRequest) -> HTTPResponse {
        guard request.method == .post, request.path == "/v3.1/send" else {
            return HTTPResponse(status: 404, body: Array("404 page not found".utf8))
        }
        let login = "Basic \(Base64.encode(Array("\(key):\(secretKey)".utf8)))"
        guard request.header("Authorization") == login else {
            return .mailjet(401, "mj-0015", "API key authentication/authorization failure.")
        }
        guard request.body.count <= 15_000_000 else { return .mailjet(413, "mj-0011", "The payload is too large.") }
        guard request.mediaType == "application/json", let body = JSON(body: request.body) else {
            return .mailjet(400, "mj-0002", "Malformed JSON, please review the syntax and properties types.")
        }
        if let (path, problem) = MailjetMessage.call.fault(in: body) {
            let code = MailjetMessage.codes[problem] ?? "mj-0004"
            return .mailjet(400, code, "\"\(path)\" \(problem).")
        }
        return answer(body, request.headers)
    }

    private mutating func answer(_ body: JSON, _ fields: [HTTPHeader]) -> HTTPResponse {
        let isSandbox = body["SandboxMode"] == true
        var entries: [JSON] = []
        var statuses: Set<Int> = []
        for own in body["Messages"]?.array ?? [] {
            let entry = MailjetMessage.merged(body["Globals"], own)
            if let fault = MailjetMessage.fault(of: entry, domains: domains, refused: refused) {
                statuses.insert(fault.status)
                let error: JSON = [
                    "ErrorIdentifier": "88b5ca9f", "ErrorCode": .string(fault.code),
                    "StatusCode": .integer(fault.status),
                    "ErrorMessage": .string(fault.text), "ErrorRelatedTo": [],
                ]
                entries.append(["Status": "error", "Errors": [error]])
            } else if let message = MailjetMessage.message(entry) {
                statuses.insert(200)
                let first =
                    isSandbox ? nil : 576_460_752_303_423_489 + taken.reduce(0) { $0 + $1.message.envelope.count }
                entries.append(MailjetMessage.success(entry, firstID: first))
                if let first {
                    taken.append(ServiceMail(id: String(first), body: entry, fields: fields, message: message))
                }
            }
        }
        return .json(statuses.count > 1 ? mixedStatus : statuses.first ?? 200, ["Messages": .array(entries)])
    }
}

extension HTTPResponse {
    /// An error of Mailjet about a whole call.
    public static func mailjet(_ status: Int, _ code: String, _ text: String) -> HTTPResponse {
        .json(
            status,
            [
                "ErrorIdentifier": "06df1144", "StatusCode": .integer(status), "ErrorCode": .string(code),
                "ErrorMessage": .string(text),
            ]
        )
    }
}
