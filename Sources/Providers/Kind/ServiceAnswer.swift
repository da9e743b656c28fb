// SPDX-License-Identifier: Apache-2.0
internal import Basics
package import Delivery
internal import Foundation
package import JSON

/// A response of a mail service that is judged: its status and the service's own words.
package struct ServiceAnswer: Sendable {
    private static let longestText = 500

    package let response: HTTPResponse
    /// The parsed body; nil when it is no JSON.
    package let json: JSON?
    /// The service's name in texts, such as `SendGrid`.
    package let service: String
    /// The start of error codes, such as `sendgrid`.
    package let prefix: String
    /// The service's own name of the error; nil when it gives none.
    package var name: String?
    /// The service's own words; nil when it gives none.
    package var text: String?

    package init(_ response: HTTPResponse, service: String, prefix: String) {
        self.response = response
        self.service = service
        self.prefix = prefix
        json = response.json
    }

    package var status: Int { response.status }

    /// The words in lower case, for comparison.
    package var lowercasedText: String { text?.lowercased() ?? "" }

    /// A failure of the provider as a whole.
    package func failure(_ kind: DeliveryError.Kind, remedy: String? = nil) -> DeliveryError {
        DeliveryError(kind, code: code, detail: detail, remedy: remedy)
    }

    /// A permanent refusal of this message.
    package func rejection(remedy: String? = nil) -> DeliveryError {
        DeliveryError(.rejected, scope: .message, code: code, detail: detail, remedy: remedy)
    }

    /// A rate or a quota; `wait` is nil when the service names none.
    package func limit(_ wait: Duration?, remedy: String? = nil) -> DeliveryError {
        failure(.rateLimited(retryAfter: wait), remedy: remedy)
    }

    /// What the status alone says (contract section 5).
    package func byStatus() -> DeliveryError {
        let plain = DeliveryError(response, detail: detail)
        return DeliveryError(plain.kind, scope: plain.scope, code: code, detail: detail)
    }

    /// A 2xx that is not the answer of this service to a message.
    package func withoutID(remedy: String? = nil) -> DeliveryError {
        DeliveryError(
            .uncertain,
            code: "\(prefix).no_id",
            detail: "\(service) answered \(status) without the id of a message",
            remedy: remedy
        )
    }

    /// The prefix and the service's own name of the error, or the status without a usable name.
    package var code: String {
        guard let name, (1...64).contains(name.utf8.count), name.utf8.allSatisfy(Self.isNameByte) else {
            return "http.\(status)"
        }
        return "\(prefix).\(name)"
    }

    /// The service's words on one line.
    package var detail: String {
        guard let text, !text.isEmpty else {
            let isPage = (response.header("Content-Type") ?? "").hasPrefix("text/html")
            return "\(service) answered \(status)\(isPage ? " with a web page" : " without saying why")"
        }
        return "\(service) answered \(status): \(Self.line(text))"
    }

    /// A text on one line, cut to a length that fits into an event.
    package static func line(_ text: String) -> String {
        String(text.split { $0.isNewline }.joined(separator: " ").prefix(longestText))
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte.isASCIIAlphanumeric || "_-.".utf8.contains(byte)
    }
}

extension HTTPResponse {
    /// The body as JSON; nil when it is something else, or nested too deeply.
    package var json: JSON? { JSON(answer: body) }
}

extension JSON {
    /// The deepest nesting of an answer: the decoder needs stack for each level, and no service nests as deeply.
    static let deepestAnswer = 64

    /// The value of the JSON text that a service or a plugin answers; nil when it is something else, or nested too deeply.
    init?(answer text: [UInt8]) {
        guard !text.isEmpty, !JSON.isNested(deeperThan: Self.deepestAnswer, in: text),
            let decoded = try? JSONDecoder().decode(DecodedJSON.self, from: Data(text))
        else { return nil }
        self = decoded.value
    }
}
