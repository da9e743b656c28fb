// SPDX-License-Identifier: Apache-2.0
internal import Basics

/// The fields of a form, in the order in which they came.
package struct FormFields: Sendable {
    package struct File: Sendable, Hashable {
        package var fileName: String?
        package var contentType: String?
        package var content: [UInt8]
    }

    package struct Field: Sendable {
        /// As it was sent.
        package var name: String
        package var file: File
    }

    /// The most fields of a form, in either encoding.
    package static let countLimit = 2000

    package private(set) var fields: [Field] = []
    /// True for a form of more than ``countLimit`` fields; none of them is read.
    package private(set) var isTooLong = false

    package init() {}

    /// A form in `application/x-www-form-urlencoded`, such as a query string; fields that cannot be decoded are left
    /// out.
    package init(urlEncoded text: String) {
        guard text.utf8.count(where: { $0 == UInt8(ascii: "&") }) < Self.countLimit else {
            isTooLong = true
            return
        }
        for item in text.split(separator: "&") {
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(pair[0], plusIsBlank: true),
                let value = PercentEncoding.decode(pair.count == 2 ? pair[1] : "", plusIsBlank: true)
            else { continue }
            fields.append(Field(name: name, file: File(content: Array(value.utf8))))
        }
    }

    package mutating func append(_ field: Field) { fields.append(field) }

    /// The text of the first field `name`; nil when it is missing.
    package func first(_ name: String) -> String? {
        fields.first { $0.name == name }.map { String(decoding: $0.file.content, as: UTF8.self) }
    }
}
