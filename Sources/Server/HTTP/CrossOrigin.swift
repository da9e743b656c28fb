// SPDX-License-Identifier: Apache-2.0
package import HTTPTypes

/// Allows pages of listed origins to read responses (https://fetch.spec.whatwg.org/#http-cors-protocol).
///
/// A request from an unlisted origin gets the same response without the CORS fields, so its browser does not show it.
package struct CrossOrigin: Sendable {
    /// The current allowed origins, in lower case.
    private let allowed: @Sendable () -> [String]

    package init(allowed: @escaping @Sendable () -> [String]) {
        self.allowed = allowed
    }

    /// Adds the CORS fields to a response.
    package func finish(_ request: HTTPFields, _ reply: inout Reply) {
        reply.fields[.vary] = "Origin"
        guard let origin = request[.origin], allowed().contains(origin.lowercased()) else { return }
        reply.fields[.accessControlAllowOrigin] = origin
        reply.fields[.accessControlExposeHeaders] = "Retry-After, X-Request-Id"
    }

    /// The response to a preflight request; `method` is the method that the path accepts.
    package func preflight(_ call: Call, _ method: HTTPTypes.HTTPRequest.Method) -> Reply {
        var reply = Reply(status: 204)
        reply.fields[.allow] = "\(method.rawValue), OPTIONS"
        guard let origin = call.fields[.origin], allowed().contains(origin.lowercased()) else { return reply }
        reply.fields[.accessControlAllowMethods] = method.rawValue
        reply.fields[.accessControlAllowHeaders] = "Content-Type"
        reply.fields[.accessControlMaxAge] = "600"
        return reply
    }
}
