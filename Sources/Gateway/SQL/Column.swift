// SPDX-License-Identifier: Apache-2.0
public import Basics
import Synchronization

/// A type whose values a column holds.
@usableFromInline
package protocol SQLConvertible: Sendable {
    /// Nil when `value` is no value of this type.
    init?(_ value: SQLValue)

    var sqlValue: SQLValue { get }
}

/// A column of a table, declared once: statements, rows and copies refer to it.
package struct Column<Value: SQLConvertible>: ColumnReference {
    package let name: String
    package let number: Int
    package let traits: ColumnTraits

    package init(_ name: String, _ traits: ColumnTraits = []) {
        self.name = name
        self.traits = traits
        number = ColumnNumbers.next()
    }

    package var expression: String? { nil }
    package var table: String? { nil }

    /// The column as the value of another expression, such as `c.request` or `max(seen_at)`.
    ///
    /// `table` is the one that errors name, where it is not the selection's.
    package func from(_ expression: String, in table: String? = nil) -> ColumnExpression {
        ColumnExpression(self, expression, table)
    }
}

/// How a column differs from others in a statement.
package struct ColumnTraits: OptionSet, Sendable, Hashable {
    package let rawValue: Int

    package init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// May hold megabytes.
    package static let large = ColumnTraits(rawValue: 1)
    /// A moment for other programs to read; here it is milliseconds.
    package static let instant = ColumnTraits(rawValue: 2)
    /// JSON for other programs to read; engines may write the same value differently.
    package static let document = ColumnTraits(rawValue: 4)
}

/// A column of any type, as a list of columns has it.
package protocol ColumnReference: Sendable {
    var name: String { get }
    /// Identifies the declaration in this process.
    var number: Int { get }
    var traits: ColumnTraits { get }
    /// What a `SELECT` reads in place of the name; nil for the name.
    var expression: String? { get }
    /// The table that errors name; nil for the selection's.
    var table: String? { get }
}

/// A column that a statement reads from an expression.
package struct ColumnExpression: ColumnReference {
    package let name: String
    package let number: Int
    package let traits: ColumnTraits
    package let expression: String?
    package let table: String?

    fileprivate init(_ column: some ColumnReference, _ expression: String, _ table: String?) {
        (name, number, traits) = (column.name, column.number, column.traits)
        (self.expression, self.table) = (expression, table)
    }
}

/// Numbers the declarations of columns, so that a ``Selection`` finds the position of one in an array.
private enum ColumnNumbers {
    private static let last = Atomic(0)

    static func next() -> Int { last.wrappingAdd(1, ordering: .relaxed).newValue }
}

extension Int64: SQLConvertible {
    @inlinable package init?(_ value: SQLValue) {
        guard case .integer(let number) = value else { return nil }
        self = number
    }

    @inlinable package var sqlValue: SQLValue { .integer(self) }
}

extension Int: SQLConvertible {
    @inlinable package init?(_ value: SQLValue) {
        guard case .integer(let number) = value else { return nil }
        self.init(exactly: number)
    }

    @inlinable package var sqlValue: SQLValue { .integer(Int64(self)) }
}

/// 0 or 1.
extension Bool: SQLConvertible {
    @inlinable package init?(_ value: SQLValue) {
        guard case .integer(let number) = value, (0...1).contains(number) else { return nil }
        self = number == 1
    }

    @inlinable package var sqlValue: SQLValue { .integer(self ? 1 : 0) }
}

extension String: SQLConvertible {
    @inlinable package init?(_ value: SQLValue) {
        guard case .text(let text) = value else { return nil }
        self = text
    }

    @inlinable package var sqlValue: SQLValue { .text(self) }
}

extension [UInt8]: SQLConvertible {
    @inlinable package init?(_ value: SQLValue) {
        guard case .blob(let bytes) = value else { return nil }
        self = bytes
    }

    @inlinable package var sqlValue: SQLValue { .blob(self) }
}

/// Milliseconds.
extension Timestamp: SQLConvertible {
    @inlinable package init?(_ value: SQLValue) {
        guard case .integer(let number) = value else { return nil }
        self.init(milliseconds: number)
    }

    @inlinable package var sqlValue: SQLValue { .integer(milliseconds) }
}

extension ContentHash: SQLConvertible {
    @inlinable package init?(_ value: SQLValue) {
        guard case .text(let text) = value else { return nil }
        self.init(hexadecimal: text)
    }

    @inlinable package var sqlValue: SQLValue { .text(description) }
}

extension Optional: SQLConvertible where Wrapped: SQLConvertible {
    @inlinable package init?(_ value: SQLValue) {
        if case .null = value {
            self = .none
        } else {
            guard let wrapped = Wrapped(value) else { return nil }
            self = .some(wrapped)
        }
    }

    @inlinable package var sqlValue: SQLValue { self?.sqlValue ?? .null }
}

/// A word of a fixed set; one that this version does not know cannot be read.
extension SQLConvertible where Self: RawRepresentable, RawValue: SQLConvertible {
    @inlinable package init?(_ value: SQLValue) {
        guard let raw = RawValue(value) else { return nil }
        self.init(rawValue: raw)
    }

    @inlinable package var sqlValue: SQLValue { rawValue.sqlValue }
}

/// Text of a key column, which cannot be null: it is empty for nil.
package struct KeyText: SQLConvertible {
    package let text: String?

    package init(_ text: String?) {
        self.text = text
    }

    package init?(_ value: SQLValue) {
        guard case .text(let text) = value else { return nil }
        self.text = text.isEmpty ? nil : text
    }

    package var sqlValue: SQLValue { .text(text ?? "") }
}
