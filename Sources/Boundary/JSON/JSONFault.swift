// SPDX-License-Identifier: Apache-2.0
internal import CJansson
internal import JSON

/// What jansson found wrong with a text, and where.
struct JSONFault: Error {
    /// No code of jansson's.
    private static let tooLongCode = -1

    let code: Int
    let line: Int
    let column: Int

    static let empty = JSONFault(code: Int(json_error_premature_end_of_input.rawValue), line: 1, column: 1)

    static func tooDeep(at place: (line: Int, column: Int)) -> JSONFault {
        JSONFault(code: Int(json_error_stack_overflow.rawValue), line: place.line, column: place.column)
    }

    static func tooLong(at place: (line: Int, column: Int)) -> JSONFault {
        JSONFault(code: tooLongCode, line: place.line, column: place.column)
    }

    private init(code: Int, line: Int, column: Int) {
        self.code = code
        self.line = line
        self.column = column
    }

    init(_ error: json_error_t) {
        code = unsafe withUnsafePointer(to: error) { unsafe Int(gw_json_error_code($0)) }
        line = max(1, Int(error.line))
        column = max(1, Int(error.column))
    }

    var isNumericOverflow: Bool { code == Int(json_error_numeric_overflow.rawValue) }

    /// The fault in plain words.
    ///
    /// jansson's own text quotes the document, which may hold secrets, so it is not used.
    var reason: String {
        if code == Self.tooLongCode { return "this number has more than \(PlainNumber.longest) digits" }
        return switch json_error_code(UInt32(truncatingIfNeeded: code)) {
        case json_error_invalid_utf8: "a byte that is not UTF-8"
        case json_error_premature_end_of_input: "the text ends before the value is complete"
        case json_error_end_of_input_expected: "there is more text after the end of the value"
        case json_error_null_character, json_error_null_byte_in_key: "a string must not contain the NUL character"
        case json_error_duplicate_key: "this name occurs twice in one object"
        case json_error_numeric_overflow: "this number is too large"
        case json_error_stack_overflow: JSONReader.tooDeep
        case json_error_out_of_memory: "there is not enough memory to read the text"
        default: "something unexpected stands here"
        }
    }
}
