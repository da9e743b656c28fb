// SPDX-License-Identifier: Apache-2.0
package import JSON

/// One variable that a template declares.
package struct VariableDeclaration: Sendable, Hashable {
    package let name: String
    package let type: VariableType
    package let isRequired: Bool
    /// What stands in when the sender gives none.
    package let fallback: JSON?
    package let summary: String?
    /// Sealed in the store, masked everywhere else.
    package let isSecret: Bool
    /// How a number or a date is shown.
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

/// One thing that is wrong with the data of a send request.
package struct VariableFault: Sendable, Hashable {
    /// Into the request, such as `/data/items/0/price`.
    package let pointer: JSONPointer
    package let detail: String

    package init(pointer: JSONPointer, detail: String) {
        self.pointer = pointer
        self.detail = detail
    }
}
