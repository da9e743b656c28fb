// SPDX-License-Identifier: Apache-2.0
package import JSON

/// Reads JSON text strictly (RFC 8259).
///
/// Any value may stand at the top. Refused are duplicate names, invalid UTF-8, NUL in a string, numbers beyond a `Double` or of
/// more than 1,000 digits, text after the value, and nesting deeper than ``maximumDepth``. A number that neither `Int` nor
/// `Double` holds without loss becomes a `decimal`.
package enum JSONReader {
    /// The deepest nesting of lists and objects that is read.
    package static let maximumDepth = 128

    static let tooDeep = "lists and objects are nested deeper than \(maximumDepth) levels"

    package static func read(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSON {
        try read(bytes.span)
    }

    package static func read(_ text: String) throws(JSONSyntaxError) -> JSON {
        try read(Array(text.utf8))
    }

    package static func read(_ bytes: Span<UInt8>) throws(JSONSyntaxError) -> JSON {
        do throws(JSONFault) {
            return try value(of: bytes)
        } catch {
            throw JSONSyntaxError(line: error.line, column: error.column, reason: error.reason)
        }
    }

    private static func value(of bytes: Span<UInt8>) throws(JSONFault) -> JSON {
        do throws(JSONFault) {
            return try value(of: JSONDocument.parse(bytes), from: bytes)
        } catch {
            guard error.isNumericOverflow, let widened = JSONNumbers.widened(bytes) else { throw error }
            return try value(of: JSONDocument.parse(widened.span), from: bytes)
        }
    }

    private static func value(
        of document: consuming JSONDocument,
        from bytes: Span<UInt8>
    ) throws(JSONFault) -> JSON {
        var numbers = document.hasReal ? JSONNumbers.tokens(bytes)[...] : []
        if let value = try document.value(depth: maximumDepth, &numbers, in: bytes) { return value }
        throw .tooDeep(at: JSONScanner.placeDeeper(than: maximumDepth, in: bytes))
    }
}
