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

    /// Whether there is a number in it whose digits jansson did not keep.
    var hasReal: Bool { unsafe Self.hasReal(root, JSONReader.maximumDepth) }

    private static func hasReal(_ node: UnsafeMutablePointer<json_t>, _ depth: Int) -> Bool {
        switch unsafe node.pointee.type {
        case JSON_REAL: return true
        case JSON_ARRAY where depth > 0:
            return unsafe (0..<json_array_size(node)).contains { position in
                unsafe json_array_get(node, position).map { unsafe hasReal($0, depth - 1) } ?? false
            }
        case JSON_OBJECT where depth > 0:
            var iterator = unsafe json_object_iter(node)
            while let current = unsafe iterator {
                if let item = unsafe json_object_iter_value(current), unsafe hasReal(item, depth - 1) { return true }
                unsafe iterator = json_object_iter_next(node, current)
            }
            return false
        default: return false
        }
    }

    /// The tree as a value; nil when it is nested deeper than `depth` levels.
    ///
    /// `numbers` are those of the text `bytes`, in its order, which jansson keeps; none when there is no fraction among them.
    /// Throws for a number that is too long.
    func value(
        depth: Int,
        _ numbers: inout ArraySlice<JSONNumbers.Token>,
        in bytes: Span<UInt8>
    ) throws(JSONFault) -> JSON? {
        var tree = JSONTree(numbers: numbers)
        defer { numbers = tree.numbers }
        let value = unsafe tree.value(root, depth)
        if let token = tree.tooLong { throw .tooLong(at: JSONScanner.place(of: token.offset, in: bytes)) }
        return value
    }
}

/// Makes values of jansson's tree.
private struct JSONTree {
    var numbers: ArraySlice<JSONNumbers.Token>
    /// The first number that has too many digits.
    var tooLong: JSONNumbers.Token?

    mutating func value(_ node: UnsafeMutablePointer<json_t>, _ depth: Int) -> JSON? {
        switch unsafe node.pointee.type {
        case JSON_OBJECT: unsafe object(node, depth)
        case JSON_ARRAY: unsafe array(node, depth)
        case JSON_STRING: unsafe .string(Self.text(json_string_value(node), json_string_length(node)))
        case JSON_INTEGER: unsafe number(.integer(Int(json_integer_value(node))))
        case JSON_REAL: unsafe number(.number(json_real_value(node)))
        case JSON_TRUE: .bool(true)
        case JSON_FALSE: .bool(false)
        default: .null
        }
    }

    /// The number that comes next in the text; `known` is what jansson made of it.
    private mutating func number(_ known: JSON) -> JSON {
        guard let token = numbers.popFirst() else { return known }
        if known.integer != nil { return known }
        if let exact = JSON(number: token.text) { return exact }
        if tooLong == nil { tooLong = token }
        return known
    }

    private mutating func array(_ node: UnsafeMutablePointer<json_t>, _ depth: Int) -> JSON? {
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

    private mutating func object(_ node: UnsafeMutablePointer<json_t>, _ depth: Int) -> JSON? {
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
