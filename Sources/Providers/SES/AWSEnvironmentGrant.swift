// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import Foundation
internal import JSON
internal import OAuth

/// Gets the AWS credentials of the machine: from variables, the container, or the role of the instance (IMDSv2).
///
/// The access token that it returns carries the credentials (``AWSCredentials/init(_:)``).
struct AWSEnvironmentGrant: TokenGrant {
    private static let code = "aws.credentials"
    /// The services are on the machine or next to it.
    private static let timeLimit = Duration.seconds(5)
    /// After this the variables, which cannot change in a running process, are read again.
    private static let lifeOfKeys = Duration.seconds(86_400)
    /// How long credentials are used that have ended, or whose end is unknown: the service may be late with new ones, and
    /// AWS itself may accept the old ones.
    private static let lifeWithoutEnd = Duration.seconds(600)

    let variables: [String: String]
    let client: any HTTPClient
    /// The proxy for a credentials service that is not on this machine; nil for that of the gateway's settings.
    let proxy: ProxyChoice?
    let clock: Clock

    func renew(_ current: OAuthToken?) async throws(DeliveryError) -> OAuthToken {
        switch try AWSCredentialPlace(variables) {
        case .variables(let credentials): return token(credentials, life: Self.lifeOfKeys)
        case .container(let url, let authorization):
            let fields = try Self.field(authorization).map { [HTTPHeader("Authorization", $0)] } ?? []
            return try credentials(in: try await answer(.get, url, fields, of: "the container"), of: "the container")
        case .instance(let base): return try await instanceCredentials(base)
        }
    }

    /// The session of IMDSv2, the name of the role, and its credentials.
    private func instanceCredentials(_ base: HTTPURL) async throws(DeliveryError) -> OAuthToken {
        let service = "the instance metadata service"
        let life = HTTPHeader("X-aws-ec2-metadata-token-ttl-seconds", "300")
        let session = try await answer(.put, base.appending("latest", "api", "token"), [life], of: service)
        let fields = [HTTPHeader("X-aws-ec2-metadata-token", Self.firstLine(session))]
        guard fields[0].value != "" else { throw Self.unusable(service, "an empty session token") }
        let roles = base.appending("latest", "meta-data", "iam", "security-credentials", "")
        let role = Self.firstLine(try await answer(.get, roles, fields, of: service))
        guard !role.isEmpty else {
            throw DeliveryError(
                .misconfigured,
                code: Self.code,
                detail: "the instance has no role",
                remedy: "attach a role with the right to send to the instance"
            )
        }
        let place = base.appending("latest", "meta-data", "iam", "security-credentials", role)
        return try credentials(in: try await answer(.get, place, fields, of: service), of: service)
    }

    private func credentials(in response: HTTPResponse, of service: String) throws(DeliveryError) -> OAuthToken {
        let json = response.json
        if let code = json?["Code"]?.string, code != "Success" {
            let words = json?["Message"]?.string.map { ": \(ServiceAnswer.line($0))" } ?? ""
            throw DeliveryError(
                .misconfigured,
                code: Self.code,
                detail: "\(service) gives no credentials, \(ServiceAnswer.line(code))\(words)",
                remedy: "see that the role may be assumed by the instance or container"
            )
        }
        guard let id = json?["AccessKeyId"]?.string, let secret = json?["SecretAccessKey"]?.string else {
            throw Self.unusable(service, "no credentials")
        }
        let session = json?["Token"]?.string.flatMap { $0.isEmpty ? nil : Secret($0) }
        let found = AWSCredentials(accessKeyID: id, secretAccessKey: Secret(secret), sessionToken: session)
        guard found.isUsable else { throw Self.unusable(service, "credentials with blanks") }
        let left = json?["Expiration"]?.string.flatMap { Timestamp($0) }.map { $0 - clock() } ?? .zero
        return token(found, life: left > .zero ? left : Self.lifeWithoutEnd)
    }

    private func token(_ credentials: AWSCredentials, life: Duration) -> OAuthToken {
        let seconds = max(1, Int(life.milliseconds / 1000))
        let answer = JSONObject([
            ("access_token", .string(credentials.tokenValue)), ("expires_in", .integer(seconds)),
        ])
        return OAuthToken(answer: answer, at: clock())
    }

    private func answer(
        _ method: HTTPRequest.Method,
        _ url: HTTPURL,
        _ fields: [HTTPHeader],
        of service: String
    ) async throws(DeliveryError) -> HTTPResponse {
        var request = HTTPRequest(method, url, headers: fields, timeout: Self.timeLimit)
        // An address without TLS is on this machine or next to it.
        request.proxy = url.isSecure && !url.isLoopback ? proxy : .direct
        let response: HTTPResponse
        do throws(HTTPFailure) { response = try await client.perform(request) } catch {
            throw DeliveryError(
                .transient,
                code: Self.code,
                detail: "\(service), which gives AWS credentials, does not answer: \(error.detail)",
                remedy: "outside of AWS set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write `access_key_id` and "
                    + "`secret_access_key` in place of `credentials`; in a container on an instance allow two hops to the "
                    + "metadata service"
            )
        }
        guard response.status == 200 else { throw Self.refusal(response, service) }
        return response
    }

    private static func refusal(_ response: HTTPResponse, _ service: String) -> DeliveryError {
        let isPassing = response.status == 429 || response.status >= 500
        return DeliveryError(
            isPassing ? .transient : .misconfigured,
            code: code,
            detail: "\(service), which gives AWS credentials, answered \(response.status)",
            remedy: isPassing
                ? nil
                : "see that the instance or the container has a role, and that its metadata service is switched on"
        )
    }

    private static func unusable(_ service: String, _ words: String) -> DeliveryError {
        DeliveryError(.transient, code: code, detail: "\(service) answered 200 with \(words)")
    }

    private static func firstLine(_ response: HTTPResponse) -> String {
        String(decoding: response.body, as: UTF8.self).split { $0.isWhitespace }.first.map(String.init) ?? ""
    }

    /// The value of `Authorization`; nil without one.
    private static func field(_ authorization: AWSCredentialPlace.ContainerAuthorization?) throws(DeliveryError)
        -> String?
    {
        let value: String
        switch authorization {
        case nil: return nil
        case .token(let token): value = token.exposed
        case .file(let path):
            guard let data = FileManager.default.contents(atPath: path) else {
                throw DeliveryError(
                    .misconfigured,
                    code: code,
                    detail: "the file \(path), which AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names, cannot be read",
                    remedy: "see that the file exists and that this process may read it"
                )
            }
            value = String(decoding: data, as: UTF8.self).split { $0.isNewline }.first.map(String.init) ?? ""
        }
        guard !value.isEmpty, value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw DeliveryError(
                .misconfigured,
                code: code,
                detail: "the authorization token of the container holds a line break or nothing",
                remedy: "the container runtime sets it; remove another value"
            )
        }
        return value
    }
}
