// SPDX-License-Identifier: Apache-2.0
package import Basics
package import HTTPTypes
package import JSON
internal import Mail
package import Submission

/// A call of a front's route.
package struct FrontCall: Sendable {
    /// ``Principal/anonymous`` until the key is known.
    package var principal = Principal.anonymous
    package let method: HTTPTypes.HTTPRequest.Method
    /// The path as it was sent, with prefix, escapes and doubled slashes; without the query.
    package let path: String
    /// The query string without the question mark, as it was sent.
    package let query: String?
    package let fields: HTTPFields
    /// The requested host, with its port if it is not the default one.
    package let authority: String?
    /// `X-Forwarded-Host` of a trusted proxy; nil without one.
    package let forwardedHost: String?
    /// Decompressed, except for ``FrontSignature/verify``; empty before the key is known and where a method takes none.
    package var body: [UInt8] = []
    /// The value of `X-Request-Id`.
    package let requestID: String
    package let now: Timestamp
    /// The settings of this front.
    package let settings: FrontSettings
    /// The brands that the key may use; empty until the key is known.
    package var brands: [MailBrand] = []
    /// The brand for calls that name none and that nothing else decides.
    package var defaultBrand = ""
    package let parameters: [(name: String, value: String)]

    /// The decoded path segment in the place of `{name}`.
    package func parameter(_ name: String) -> String {
        parameters.first { $0.name == name }?.value ?? ""
    }

    /// The body as JSON; throws a problem with line and column when it is invalid.
    package func json() throws(Refusal) -> JSON { try Call.json(body) }

    /// The first value of a query parameter; nil when it is missing or cannot be decoded.
    package func queryValue(_ name: String) -> String? {
        FormFields(urlEncoded: query ?? "").first(name)
    }

    /// The brand of the key whose From address is in the domain; the default brand before others.
    package func brand(ofDomain domain: String) -> MailBrand? {
        let found = brands.filter { $0.from?.address.domain == domain }
        return found.first { $0.name == defaultBrand } ?? found.first
    }

    /// The media type of the body in lower case, without its parameters.
    package var mediaType: String? {
        fields[.contentType].map { type in
            type.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        }
    }

    /// The secret of `Authorization: Bearer`, for the fronts that take it there.
    package var bearer: String? { EndpointResponder.bearer(fields[.authorization]) }
}

/// The settings of one front.
package struct FrontSettings: Sendable, Hashable {
    /// Our template names by the opaque ids that callers know.
    package var templates: [String: String]
    /// The first tag becomes the category.
    package var usesFirstTagAsCategory: Bool

    package init(templates: [String: String] = [:], usesFirstTagAsCategory: Bool = false) {
        self.templates = templates
        self.usesFirstTagAsCategory = usesFirstTagAsCategory
    }

    /// The name of our template for an id: that of the map, else the id itself.
    package func template(_ id: String) -> String { templates[id] ?? id }
}
