// SPDX-License-Identifier: Apache-2.0
package import JSON

/// One declared variable of a template.
package struct VariableDeclaration: Sendable, Hashable {
    package let name: String
    package let type: VariableType
    package let isRequired: Bool
    /// The default when the sender gives no value.
    package let fallback: JSON?
    package let summary: String?
    /// Sealed in the store and masked elsewhere.
    package let isSecret: Bool
    /// The display format of a number or a date.
    package let format: String?

    init(
        name: String,
        type: VariableType,
        isRequired: Bool = false,
        fallback: JSON? = nil,
        summary: String? = nil,
        isSecret: Bool = false,
        format: String? = nil
    ) {
        self.name = name
        self.type = type
        self.isRequired = isRequired
        self.fallback = fallback
        self.summary = summary
        self.isSecret = isSecret
        self.format = format
    }
}

/// One fault in the data of a send request.
package struct VariableFault: Sendable, Hashable {
    /// A pointer into the request, such as `/data/items/0/price`.
    package let pointer: JSONPointer
    package let detail: String

    package init(pointer: JSONPointer, detail: String) {
        self.pointer = pointer
        self.detail = detail
    }
}
