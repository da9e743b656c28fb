// SPDX-License-Identifier: Apache-2.0
internal import Basics
public import Delivery

/// The credentials services of a machine on AWS: that of its container (`/creds`) and that of the instance (IMDSv2).
public struct StandInAWSMachine: StandInService {
    /// The content of `Authorization` that the container's service asks for; nil for none.
    public var authorization: String?
    /// The name of the instance's role; nil for an instance without one.
    public var role: String? = "mail-sender"
    public var accessKeyID = "ASIAEXAMPLE"
    public var secret = "secret/of+the+role"
    public var sessionToken = "session-1"
    public var expiresAt = "2099-01-01T00:00:00Z"
    /// The `Code` of the answer for the instance.
    public var code = "Success"
    /// How often credentials were handed out.
    public private(set) var given = 0

    public init() {}

    public mutating func answer(_ request: HTTPRequest) -> HTTPResponse {
        let roles = "/latest/meta-data/iam/security-credentials/"
        switch (request.method, request.url.target) {
        case (.get, "/creds"):
            guard request.header("Authorization") == authorization else {
                return .json(401, #"{"message":"Unauthorized"}"#)
            }
            return credentials
        case (.put, "/latest/api/token"):
            guard let life = request.header("x-aws-ec2-metadata-token-ttl-seconds").flatMap({ Int($0) }),
                (1...21_600).contains(life)
            else { return .page(400) }
            return HTTPResponse(status: 200, body: Array("metadata==".utf8))
        case _ where request.header("x-aws-ec2-metadata-token") != "metadata==": return .page(401)
        case (.get, roles): return role.map { HTTPResponse(status: 200, body: Array($0.utf8)) } ?? .page(404)
        case (.get, "\(roles)\(role ?? "")"): return credentials
        default: return .page(404)
        }
    }

    private var credentials: HTTPResponse {
        mutating get {
            guard code == "Success" else { return .json(200, #"{"Code":"\#(code)","Message":"no trust"}"#) }
            given += 1
            return .json(
                200,
                """
                {"Code":"Success","LastUpdated":"2026-01-01T00:00:00Z","Type":"AWS-HMAC","AccessKeyId":"\(accessKeyID)",\
                "SecretAccessKey":"\(secret)","Token":"\(sessionToken)","Expiration":"\(expiresAt)"}
                """
            )
        }
    }
}
