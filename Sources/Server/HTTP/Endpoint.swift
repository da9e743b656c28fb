// SPDX-License-Identifier: Apache-2.0
package import HTTPTypes
package import Submission

/// One method of one path: its access rule, its body and its handler.
package struct Endpoint: Sendable {
    package enum Access: Sendable, Hashable {
        /// Any client.
        case open
        /// A key with this scope.
        case key(APIKey.Scope)
        /// A client on this machine, through no proxy, or a key with scope `read`.
        case local
        /// The same for pages; a browser on this machine that another site sent here is refused.
        case localPage
        /// Any client; the handler decides by the cookie of the console or by ``Call/isFromOwnMachine``.
        case page
    }

    package enum Body: Sendable, Hashable {
        /// The body is discarded.
        case none
        /// `application/json` of at most `limit` bytes.
        case json(limit: Int)
        /// An HTML form, `application/x-www-form-urlencoded`, of at most `limit` bytes.
        case form(limit: Int)
        /// Any content of at most `limit` bytes: signatures cover it as it came.
        case any(limit: Int)

        package static let json = Body.json(limit: BodyReader.limit)
    }

    /// Gets the decoded path segments by the names of their parameters.
    package typealias Check = @Sendable (_ parameters: [String: String]) throws(Refusal) -> Void
    package typealias Answering = @Sendable (Call) async throws(Refusal) -> Reply

    package let method: HTTPTypes.HTTPRequest.Method
    /// The path, with parameters in braces: `/v1/messages/{id}`.
    package let path: String
    package let access: Access
    package let body: Body
    let frame: EndpointFrame?
    /// Refuses a call before its body is read.
    let check: Check?
    let answer: Answering

    package init(
        _ method: HTTPTypes.HTTPRequest.Method,
        _ path: String,
        access: Access,
        body: Body = .none,
        frame: EndpointFrame? = nil,
        check: Check? = nil,
        answer: @escaping Answering
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.body = body
        self.frame = frame
        self.check = check
        self.answer = answer
    }

    /// The parameter names in braces.
    var parameterNames: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }
}

/// Hooks common to all responses of a path, for every method and refusal.
package struct EndpointFrame: Sendable {
    /// Refuses every call while the path is switched off.
    let admit: @Sendable () throws(Refusal) -> Void
    /// Adds fields to every response, including refusals.
    let finish: @Sendable (_ request: HTTPFields, inout Reply) -> Void

    package init(
        admit: @escaping @Sendable () throws(Refusal) -> Void = { () throws(Refusal) in },
        finish: @escaping @Sendable (_ request: HTTPFields, inout Reply) -> Void = { _, _ in }
    ) {
        self.admit = admit
        self.finish = finish
    }
}
