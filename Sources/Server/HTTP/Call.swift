// SPDX-License-Identifier: Apache-2.0
import Basics
internal import Boundary
package import HTTPTypes
package import Hummingbird
package import JSON
internal import NIOCore
package import Submission

/// A request that was let in: its caller is known and its body is complete.
package struct Call: Sendable {
    /// ``Principal/nobody`` where no key is needed.
    package let principal: Principal
    /// The path as it was sent.
    package let path: String
    /// What stands behind the question mark, as it was sent.
    package let query: String?
    package let fields: HTTPFields
    /// The host that was asked, with its port where it is not the usual one.
    package let authority: String?
    /// Empty where the endpoint takes no body.
    package let body: [UInt8]
    /// What `X-Request-Id` answers.
    package let requestID: String
    /// The other end, or whom a trusted proxy names; nil on a Unix socket.
    package let client: IPAddress?
    let parameters: [(name: String, value: String)]

    /// The decoded segment of the path that stands in the place of `{name}`.
    package func parameter(_ name: String) -> String {
        parameters.first { $0.name == name }?.value ?? ""
    }

    /// What the form of a page sends.
    static let formType = "application/x-www-form-urlencoded"

    /// The fields of a form by their names; of two with one name the last one counts, what cannot be read is left out.
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

    /// The body as JSON; a problem that names line and column when it is none.
    package func json() throws(Refusal) -> JSON {
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
    /// A caller that showed no key.
    package static let nobody = Principal(keyID: nil, brands: [], from: [], scopes: [])
    /// A caller on this machine, who may look at everything.
    static let localReader = Principal(keyID: nil, brands: nil, from: [], scopes: [.read])
}

extension Call {
    /// Refuses a form that a page of another site made a browser send.
    ///
    /// Browsers say where a form stood: in `Sec-Fetch-Site`, or, older ones, in `Origin` (https://www.w3.org/TR/fetch-metadata/). What
    /// says neither is no browser, or one that was told to say nothing. `publicURL` is how the server is reached from outside.
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

/// What Hummingbird hands along with a request.
package struct HTTPContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let channel: any Channel

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// The other end of the connection; nil on a Unix socket, whose peers are on this machine.
    var peer: IPAddress? { channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) } }
}
