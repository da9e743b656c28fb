// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery

extension [HTTPHeader] {
    /// The value of the first field with this name, in any case.
    func value(of name: String) -> String? {
        let wanted = name.lowercased()
        return first { $0.name.lowercased() == wanted }?.value
    }
}

/// A request as a stand-in reads it.
extension HTTPRequest {
    /// The path of the URL, still percent-encoded.
    var path: String { String(url.target.prefix { $0 != "?" }) }

    /// The decoded items of the query.
    var query: [String: String] {
        FormText.decode(url.target.firstIndex(of: "?").map { String(url.target[$0...].dropFirst()) } ?? "") ?? [:]
    }

    /// The value of the first header field with this name, in any case.
    func header(_ name: String) -> String? { headers.value(of: name) }

    /// The media type without its parameters, in lower case.
    var mediaType: String {
        (header("Content-Type") ?? "").prefix { $0 != ";" }.lowercased().trimmed
    }
}
