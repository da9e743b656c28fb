// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON

/// Reads JSON for tests; the target under test has no reader of its own.
enum FoundationJSON {
    static func read(_ text: String) throws -> JSON {
        value(try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed))
    }

    private static func value(_ object: Any) -> JSON {
        switch object {
        case let number as NSNumber where "\(type(of: number))".contains("Boolean") || number.objCTypeName == "c":
            .bool(number.boolValue)
        case let number as NSNumber: Int(exactly: number.doubleValue).map(JSON.integer) ?? .number(number.doubleValue)
        case let text as String: .string(text)
        case let items as [Any]: .array(items.map(value))
        case let members as [String: Any]:
            .object(JSONObject(members.sorted { $0.key < $1.key }.map { ($0.key, value($0.value)) }))
        default: .null
        }
    }
}

extension NSNumber {
    fileprivate var objCTypeName: String { unsafe String(cString: objCType) }
}
