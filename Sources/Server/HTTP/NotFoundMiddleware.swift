// SPDX-License-Identifier: Apache-2.0
internal import Gateway
internal import HTTPTypes
internal import Hummingbird

/// Answers what no endpoint answers.
///
/// It is added behind the routes, so that it stands before the router's own 404 alone.
struct NotFoundMiddleware: RouterMiddleware {
    typealias Context = HTTPContext

    /// Methods that are told apart on every address; a 405 names those that an address takes.
    static let methods: [HTTPTypes.HTTPRequest.Method] = [
        .get, .head, .post, .put, .delete, .patch, .options, .trace, .connect,
    ]

    let front: Front
    /// The answer to a method that is known.
    let otherwise: Problem

    @concurrent func handle(
        _ request: Request,
        context: HTTPContext,
        next: @concurrent (Request, HTTPContext) async throws -> Response
    ) async throws -> Response {
        let isKnown = Self.methods.contains(request.method)
        let method = isKnown ? request.method.rawValue : "OTHER"
        let exchange = Exchange(id: front.ids.id(request.headers), route: "none", method: method, begun: .now)
        var reply = Reply(isKnown ? otherwise : .unknownMethod)
        if !isKnown { reply.fields[.allow] = "DELETE, GET, HEAD, POST, PUT" }
        return front.finish(reply, exchange, cause: nil)
    }
}
