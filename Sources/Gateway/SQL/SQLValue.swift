// SPDX-License-Identifier: Apache-2.0
public import Basics

/// One value of a row or parameter.
public enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
}

extension SQLValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral {
    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(nilLiteral: ()) { self = .null }

    public init(_ value: String?) { self = value.map(SQLValue.text) ?? .null }
    public init(_ value: Int?) { self = value.map { .integer(Int64($0)) } ?? .null }
    public init(_ value: [UInt8]?) { self = value.map(SQLValue.blob) ?? .null }
    public init(_ value: Timestamp?) { self = value.map { .integer($0.milliseconds) } ?? .null }
}

/// One row of a result, its values in the order of the statement's columns.
public struct SQLRow: Sendable, Hashable {
    public let values: [SQLValue]

    public init(_ values: [SQLValue]) {
        self.values = values
    }

    public subscript(column: Int) -> SQLValue { values[column] }

    public func int(_ column: Int) -> Int64? {
        guard case .integer(let value) = values[column] else { return nil }
        return value
    }

    public func text(_ column: Int) -> String? {
        guard case .text(let value) = values[column] else { return nil }
        return value
    }

    public func blob(_ column: Int) -> [UInt8]? {
        guard case .blob(let value) = values[column] else { return nil }
        return value
    }
}
