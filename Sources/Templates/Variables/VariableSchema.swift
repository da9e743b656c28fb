// SPDX-License-Identifier: Apache-2.0
package import JSON

extension [VariableDeclaration] {
    /// The JSON Schema (2020-12) of an object with these members.
    package var jsonSchema: JSON {
        let properties = JSON.object(JSONObject(map { ($0.name, $0.jsonSchema) }))
        var schema = JSONObject([("type", "object"), ("properties", properties)])
        let required = filter { $0.isRequired && $0.fallback == nil }.map { JSON.string($0.name) }
        if !required.isEmpty { schema["required"] = .array(required) }
        schema["additionalProperties"] = false
        return .object(schema)
    }
}

extension VariableDeclaration {
    fileprivate var jsonSchema: JSON {
        guard case .object(var schema) = type.jsonSchema else { return type.jsonSchema }
        if let summary { schema["description"] = .string(summary) }
        if let fallback { schema["default"] = fallback }
        if isSecret { schema["writeOnly"] = true }
        return .object(schema)
    }
}

extension VariableType {
    fileprivate var jsonSchema: JSON {
        switch self {
        case .string: ["type": "string"]
        case .html: ["type": "string", "contentMediaType": "text/html"]
        case .number: ["type": "number"]
        case .boolean: ["type": "boolean"]
        case .date: ["type": "string", "anyOf": [["format": "date"], ["format": "date-time"]]]
        case .url: ["type": "string", "format": "uri"]
        case .email: ["type": "string", "format": "email"]
        case .money:
            [
                "type": "object",
                "properties": [
                    "amount": ["type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$"],
                    "currency": ["type": "string", "pattern": "^[A-Z]{3}$"],
                ],
                "required": ["amount", "currency"],
                "additionalProperties": false,
            ]
        case .list(let item): ["type": "array", "items": item.jsonSchema]
        case .object(let fields): fields.jsonSchema
        }
    }
}
