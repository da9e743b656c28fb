// SPDX-License-Identifier: Apache-2.0

/// The type of a variable.
package indirect enum VariableType: Sendable, Hashable {
    case string
    case number
    case boolean
    case date
    case money
    case url
    case email
    case html
    case list(VariableType)
    case object([VariableDeclaration])

    /// The values of `type:`, in the order of the documentation.
    static let words = ["string", "number", "boolean", "date", "money", "url", "email", "html", "list", "object"]

    init?(word: String) {
        switch word {
        case "string": self = .string
        case "number": self = .number
        case "boolean": self = .boolean
        case "date": self = .date
        case "money": self = .money
        case "url": self = .url
        case "email": self = .email
        case "html": self = .html
        default: return nil
        }
    }

    package var word: String {
        switch self {
        case .string: "string"
        case .number: "number"
        case .boolean: "boolean"
        case .date: "date"
        case .money: "money"
        case .url: "url"
        case .email: "email"
        case .html: "html"
        case .list: "list"
        case .object: "object"
        }
    }

    /// The names in scope within a section over the value.
    var fields: [VariableDeclaration] {
        switch self {
        case .object(let fields): fields
        case .money:
            [VariableDeclaration(name: "amount", type: .string), VariableDeclaration(name: "currency", type: .string)]
        default: []
        }
    }
}
