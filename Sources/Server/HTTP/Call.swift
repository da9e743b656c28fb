// SPDX-License-Identifier: Apache-2.0
package import Basics
internal import Boundary
package import HTTPTypes
package import Hummingbird
package import JSON
internal import NIOCore
package import Submission

/// An admitted request: its caller is known and its body is complete.
package struct Call: Sendable {
    /// ``Principal/anonymous`` for endpoints that need no key.
    package let principal: Principal
    /// The path as it was sent.
    package let path: String
    /// The query string without the question mark, as it was sent.
    package let query: String?
    package let fields: HTTPFields
    /// The requested host, with its port if it is not the default one.
    package let authority: String?
    /// Empty where the endpoint takes no body.
    package let body: [UInt8]
    /// The value of `X-Request-Id`.
    package let requestID: String
    /// The peer, or the client that a trusted proxy names; nil on a Unix socket.
    package let client: IPAddress?
    let parameters: [(name: String, value: String)]
    /// For ``Endpoint/Access/page``: true for a browser on this machine that no other site sent here, through no proxy.
    package var isFromOwnMachine = false

    /// The decoded path segment in the place of `{name}`.
    package func parameter(_ name: String) -> String {
        parameters.first { $0.name == name }?.value ?? ""
    }

    /// The content type of an HTML form.
    static let formType = "application/x-www-form-urlencoded"

    /// The fields of a form by name; the last of duplicate fields counts, and fields that cannot be decoded are left out.
    package func form() -> [String: String] {
        var fields: [String: String] = [:]
        for item in String(decoding: body, as: UTF8.self).split(separator: "&") {
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, let name = PercentEncoding.decode(pair[0], plusIsBlank: true),
                let value = PercentEncoding.decode(pair[1], plusIsBlank: true)
            else { continue }
            fields[name] = value
        }
        return fields
    }

    /// The body as JSON; throws a problem with line and column when it is invalid.
    package func json() throws(Refusal) -> JSON { try Self.json(body) }

    static func json(_ body: [UInt8]) throws(Refusal) -> JSON {
        switch JSONTokens.verdict(body) {
        case .reasonable: break
        case .tooManyValues: throw Refusal(.tooManyValues)
        case .tooManyMembers: throw Refusal(.tooManyMembers)
        }
        do throws(JSONSyntaxError) {
            return try JSONReader.read(body)
        } catch {
            throw Refusal(.notJSON(error.description))
        }
    }
}

extension Principal {
    /// A caller without a key.
    package static let anonymous = Principal(keyID: nil, brands: [], from: [], scopes: [])
    /// A caller on this machine, who may read everything.
    static let localReader = Principal(keyID: nil, brands: nil, from: [], scopes: [.read])
}

extension Call {
    /// Refuses a form that another site's page made a browser send (CSRF).
    ///
    /// Browsers send the origin of a form in `Sec-Fetch-Site`, older ones in `Origin` (https://www.w3.org/TR/fetch-metadata/). A
    /// client that sends neither is no browser, or a browser configured to omit both. `publicURL` is the server's external URL.
    package func refuseOtherSites(publicURL: String) throws(Refusal) {
        if let site = fields[.secFetchSite] {
            guard site == "same-origin" || site == "none" else { throw Refusal(.otherSite) }
            return
        }
        guard let origin = fields[.origin]?.lowercased(), origin != "null" else { return }
        let own =
            [HTTPURL(publicURL)?.origin]
            + ["https://", "http://"].map { scheme in authority.map { scheme + $0.lowercased() } }
        guard own.contains(origin) else { throw Refusal(.otherSite) }
    }
}

extension HTTPField.Name {
    fileprivate static let secFetchSite = HTTPField.Name(constant: "Sec-Fetch-Site")
}

/// Hummingbird's context of a request.
package struct HTTPContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let channel: any Channel

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// The peer of the connection; nil on a Unix socket, whose peers are on this machine.
    var peer: IPAddress? { channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) } }
}
