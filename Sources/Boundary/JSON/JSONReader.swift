// SPDX-License-Identifier: Apache-2.0
internal import CJansson
package import JSON

/// Parses JSON text strictly (RFC 8259).
///
/// Any value is allowed at the top level. Errors are duplicate names, invalid UTF-8, NUL in a string, numbers beyond
/// a `Double` or of more than 1,000 digits, text after the value, and nesting deeper than ``maximumDepth``. A number
/// that neither `Int` nor `Double` represents without loss becomes a `decimal`.
package enum JSONReader {
    /// The deepest allowed nesting of arrays and objects.
    package static let maximumDepth = 128

    fileprivate static let tooDeep = "lists and objects are nested deeper than \(maximumDepth) levels"

    package static func read(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSON {
        try read(bytes.span)
    }

    package static func read(_ text: String) throws(JSONSyntaxError) -> JSON {
        try read(Array(text.utf8))
    }

    package static func read(_ bytes: Span<UInt8>) throws(JSONSyntaxError) -> JSON {
        do throws(JSONSyntaxError) {
            return try value(of: JSONDocument.parse(bytes), from: bytes)
        } catch {
            guard error.reason == JSONSyntaxError.numericOverflow, let widened = JSONNumbers.widened(bytes) else {
                throw error
            }
            return try value(of: JSONDocument.parse(widened.span), from: bytes)
        }
    }

    private static func value(
        of document: consuming JSONDocument,
        from bytes: Span<UInt8>
    ) throws(JSONSyntaxError) -> JSON {
        var numbers = document.hasReal ? JSONNumbers.tokens(bytes)[...] : []
        if let value = try document.value(depth: maximumDepth, &numbers, in: bytes) { return value }
        throw .tooDeep(at: JSONScanner.placeDeeper(than: maximumDepth, in: bytes))
    }
}

/// Owns one tree of jansson values.
@safe private struct JSONDocument: ~Copyable {
    private let root: UnsafeMutablePointer<json_t>

    private init(owning root: UnsafeMutablePointer<json_t>) {
        unsafe self.root = root
    }

    deinit { unsafe json_decref(root) }

    /// Parses one document; throws jansson's error for invalid text.
    static func parse(_ bytes: Span<UInt8>) throws(JSONSyntaxError) -> JSONDocument {
        // An empty buffer may have no address, and jansson rejects a null pointer as an invalid argument.
        guard !bytes.isEmpty else { throw .empty }
        var fault = json_error_t()
        let root = unsafe bytes.withUnsafeBytes { unsafe json_loadb($0.baseAddress, $0.count, gw_json_strict, &fault) }
        guard let root = unsafe root else { throw JSONSyntaxError(fault) }
        return unsafe JSONDocument(owning: root)
    }

    /// Whether it contains a number whose digits jansson did not keep.
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

    /// Converts the tree to a value; nil when it is nested deeper than `depth` levels.
    ///
    /// `numbers` are those of the text `bytes`, in its order, which jansson keeps; none when no number has a
    /// fraction. Throws for a number that is too long.
    func value(
        depth: Int,
        _ numbers: inout ArraySlice<JSONNumbers.Token>,
        in bytes: Span<UInt8>
    ) throws(JSONSyntaxError) -> JSON? {
        var tree = JSONTree(numbers: numbers)
        defer { numbers = tree.numbers }
        let value = unsafe tree.value(root, depth)
        if let token = tree.tooLong { throw .tooLong(at: JSONScanner.place(of: token.offset, in: bytes)) }
        return value
    }
}

/// Converts jansson's tree to values.
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

    /// The next number in the text; `known` is jansson's value of it.
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

/// jansson's errors in plain words.
///
/// Its own message quotes the document, which may contain secrets, so it is not used.
extension JSONSyntaxError {
    fileprivate static let numericOverflow = "this number is too large"

    fileprivate static let empty = JSONSyntaxError(line: 1, column: 1, reason: endsEarly)
    private static let endsEarly = "the text ends before the value is complete"

    fileprivate static func tooDeep(at place: (line: Int, column: Int)) -> JSONSyntaxError {
        JSONSyntaxError(line: place.line, column: place.column, reason: JSONReader.tooDeep)
    }

    fileprivate static func tooLong(at place: (line: Int, column: Int)) -> JSONSyntaxError {
        let reason = "this number has more than \(PlainNumber.longest) digits"
        return JSONSyntaxError(line: place.line, column: place.column, reason: reason)
    }

    fileprivate init(_ error: json_error_t) {
        let code = unsafe withUnsafePointer(to: error) { unsafe Int(gw_json_error_code($0)) }
        self.init(line: max(1, Int(error.line)), column: max(1, Int(error.column)), reason: Self.reason(code))
    }

    private static func reason(_ code: Int) -> String {
        switch json_error_code(UInt32(truncatingIfNeeded: code)) {
        case json_error_invalid_utf8: "a byte that is not UTF-8"
        case json_error_premature_end_of_input: endsEarly
        case json_error_end_of_input_expected: "there is more text after the end of the value"
        case json_error_null_character, json_error_null_byte_in_key: "a string must not contain the NUL character"
        case json_error_duplicate_key: "this name occurs twice in one object"
        case json_error_numeric_overflow: numericOverflow
        case json_error_stack_overflow: JSONReader.tooDeep
        case json_error_out_of_memory: "there is not enough memory to read the text"
        default: "something unexpected is here"
        }
    }
}

/// The position and the reason of a syntax error.
///
/// It never quotes the text, which may be a token file.
package struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
    /// The line, counted from 1.
    package let line: Int
    /// The column in characters, counted from 1.
    package let column: Int
    package let reason: String

    package init(line: Int, column: Int, reason: String) {
        self.line = line
        self.column = column
        self.reason = reason
    }

    package var description: String { "not valid JSON at line \(line), column \(column): \(reason)" }
}
