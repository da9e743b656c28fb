// SPDX-License-Identifier: Apache-2.0
package import HTTPTypes

/// Lets pages of other origins read answers, by a list (https://fetch.spec.whatwg.org/#http-cors-protocol).
///
/// An origin that is not on the list is answered like any other client, without leave for its browser to show the answer.
package struct CrossOrigin: Sendable {
    /// Origins in lower case, as they are at this moment.
    private let allowed: @Sendable () -> [String]

    package init(allowed: @escaping @Sendable () -> [String]) {
        self.allowed = allowed
    }

    /// Says in every answer whether the page that asked may read it.
    package func finish(_ request: HTTPFields, _ reply: inout Reply) {
        reply.fields[.vary] = "Origin"
        guard let origin = request[.origin], allowed().contains(origin.lowercased()) else { return }
        reply.fields[.accessControlAllowOrigin] = origin
        reply.fields[.accessControlExposeHeaders] = "Retry-After, X-Request-Id"
    }

    /// The answer to a browser that asks before it calls; `method` is the one that the address takes.
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
