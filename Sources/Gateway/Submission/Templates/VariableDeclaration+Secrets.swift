// SPDX-License-Identifier: Apache-2.0
import Templates

extension VariableDeclaration {
    /// True when the variable or a field anywhere in it is secret; its whole value is sealed then.
    var holdsSecret: Bool { isSecret || type.holdsSecret }
}

extension VariableType {
    fileprivate var holdsSecret: Bool {
        switch self {
        case .list(let item): item.holdsSecret
        case .object(let fields): fields.contains { $0.holdsSecret }
        case .string, .number, .boolean, .date, .money, .url, .email, .html: false
        }
    }
}
