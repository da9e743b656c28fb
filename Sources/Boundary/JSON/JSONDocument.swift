// SPDX-License-Identifier: Apache-2.0
internal import CJansson
internal import JSON

/// Owns one tree of jansson values.
@safe struct JSONDocument: ~Copyable {
    private let root: UnsafeMutablePointer<json_t>

    private init(owning root: UnsafeMutablePointer<json_t>) {
        unsafe self.root = root
    }

    deinit { unsafe json_decref(root) }

    /// Reads one document; jansson's own judgement of a text that it refuses is the error.
    static func parse(_ bytes: Span<UInt8>) throws(JSONFault) -> JSONDocument {
        // An empty buffer may have no address, and jansson refuses a null pointer as a wrong argument.
        guard !bytes.isEmpty else { throw .empty }
        var fault = json_error_t()
        let root = unsafe bytes.withUnsafeBytes { unsafe json_loadb($0.baseAddress, $0.count, gw_json_strict, &fault) }
        guard let root = unsafe root else { throw JSONFault(fault) }
        return unsafe JSONDocument(owning: root)
    }

    /// The tree as a value; nil when it is nested deeper than `depth` levels.
    func value(depth: Int) -> JSON? {
        unsafe Self.value(root, depth)
    }

    private static func value(_ node: UnsafeMutablePointer<json_t>, _ depth: Int) -> JSON? {
        switch unsafe node.pointee.type {
        case JSON_OBJECT: unsafe object(node, depth)
        case JSON_ARRAY: unsafe array(node, depth)
        case JSON_STRING: unsafe .string(text(json_string_value(node), json_string_length(node)))
        case JSON_INTEGER: unsafe .integer(Int(json_integer_value(node)))
        case JSON_REAL: unsafe .number(json_real_value(node))
        case JSON_TRUE: .bool(true)
        case JSON_FALSE: .bool(false)
        default: .null
        }
    }

    private static func array(_ node: UnsafeMutablePointer<json_t>, _ depth: Int) -> JSON? {
        guard depth > 0 else { return nil }
        let count = unsafe json_array_size(node)
        var items: [JSON] = []
        items.reserveCapacity(count)
        for position in 0..<count {
            guard let item = unsafe json_array_get(node, position) else { continue }
            guard let value = unsafe value(item, depth - 1) else { return nil }
            items.append(value)
        }
        return .array(items)
    }

    private static func object(_ node: UnsafeMutablePointer<json_t>, _ depth: Int) -> JSON? {
        guard depth > 0 else { return nil }
        var members = JSONObject()
        var iterator = unsafe json_object_iter(node)
        while let current = unsafe iterator {
            let key = unsafe json_object_iter_key(current)
            if let key = unsafe key, let item = unsafe json_object_iter_value(current) {
                guard let value = unsafe value(item, depth - 1) else { return nil }
                unsafe members[String(cString: key)] = value
            }
            unsafe iterator = json_object_iter_next(node, current)
        }
        return .object(members)
    }

    private static func text(_ start: UnsafePointer<CChar>?, _ length: Int) -> String {
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: length)
        return unsafe String(decoding: bytes, as: UTF8.self)
    }
}
