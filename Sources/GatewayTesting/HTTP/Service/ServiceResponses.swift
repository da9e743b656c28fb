// SPDX-License-Identifier: Apache-2.0
public import Delivery

extension HTTPResponse {
    /// A response with a JSON text.
    public static func json(_ status: Int, _ text: String, headers: [HTTPHeader] = []) -> HTTPResponse {
        HTTPResponse(
            status: status,
            headers: [HTTPHeader("Content-Type", "application/json")] + headers,
            body: Array(text.utf8)
        )
    }

    /// A page of a proxy or a load balancer.
    public static func page(_ status: Int) -> HTTPResponse {
        HTTPResponse(
            status: status,
            headers: [HTTPHeader("Content-Type", "text/html; charset=utf-8")],
            body: Array("<!DOCTYPE html><title>\(status)</title><p>Sorry.".utf8)
        )
    }
}
