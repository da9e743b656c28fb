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
    /// Whether the gateway gives the value, and not the sender.
    private(set) var isGatewayValue = false

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

extension VariableDeclaration {
    /// The address that unsubscribes the recipient of a message of a list.
    static let unsubscribeURL = {
        var declaration = VariableDeclaration(name: "unsubscribe_url", type: .url)
        declaration.isGatewayValue = true
        return declaration
    }()
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
