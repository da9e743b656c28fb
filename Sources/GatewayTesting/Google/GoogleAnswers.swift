// SPDX-License-Identifier: Apache-2.0
import Basics
public import Delivery
public import JSON

extension HTTPResponse {
    /// A JSON response.
    public static func json(_ status: Int, _ body: JSON, headers: [HTTPHeader] = []) -> HTTPResponse {
        HTTPResponse(
            status: status,
            headers: [HTTPHeader("Content-Type", "application/json; charset=UTF-8")] + headers,
            body: Array(body.text(pretty: true).utf8)
        )
    }

    /// An error response of Gmail (error format 1).
    public static func gmail(
        _ status: Int,
        _ reason: String,
        _ message: String,
        word: String? = nil,
        domain: String = "global",
        detail: String? = nil,
        headers: [HTTPHeader] = []
    ) -> HTTPResponse {
        let item: JSON = ["message": .string(message), "domain": .string(domain), "reason": .string(reason)]
        var error = JSONObject([
            ("code", .integer(status)), ("message", .string(message)), ("errors", .array([item])),
        ])
        if let word { error["status"] = .string(word) }
        if let detail {
            error["details"] = [
                [
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": .string(detail),
                    "domain": "googleapis.com", "metadata": ["service": "gmail.googleapis.com"],
                ]
            ]
        }
        return json(status, ["error": .object(error)], headers: headers)
    }

    /// An error response of the token endpoint (RFC 6749 section 5.2).
    public static func oauth(_ status: Int, _ error: String, _ description: String? = nil) -> HTTPResponse {
        var body = JSONObject([("error", .string(error))])
        if let description { body["error_description"] = .string(description) }
        return json(status, .object(body), headers: [HTTPHeader("Cache-Control", "no-store")])
    }

    /// An error page of Google's front end, such as its 502.
    public static func googlePage(_ status: Int) -> HTTPResponse {
        let page = """
            <!DOCTYPE html>
            <html lang=en>
              <meta charset=utf-8>
              <title>Error \(status) (Server Error)!!1</title>
              <p><b>\(status).</b> <ins>That’s an error.</ins>
              <p>The server encountered a temporary error and could not complete your request.
            """
        return HTTPResponse(
            status: status,
            headers: [HTTPHeader("Content-Type", "text/html; charset=UTF-8")],
            body: Array(page.utf8)
        )
    }

    static let google404 = googlePage(404)
    static let notFound = gmail(404, "notFound", "Requested entity was not found.", word: "NOT_FOUND")

    static func invalid(_ message: String) -> HTTPResponse {
        gmail(400, "invalidArgument", message, word: "INVALID_ARGUMENT")
    }
}

extension Timestamp {
    /// RFC 9110 section 5.6.7.
    var httpDate: String { internetDate.dropLast(5) + "GMT" }
}
