// SPDX-License-Identifier: Apache-2.0
internal import CPostgres

/// Owns one libpq result.
@safe struct PostgresResult: ~Copyable {
    private let raw: OpaquePointer

    init(owning raw: OpaquePointer) {
        unsafe self.raw = unsafe raw
    }

    deinit { unsafe PQclear(raw) }

    var status: ExecStatusType { unsafe PQresultStatus(raw) }

    /// The server's error, without its DETAIL, which may quote values.
    var error: PostgresError {
        PostgresError(
            state: field(UInt8(ascii: "C")) ?? "XX000",
            message: field(UInt8(ascii: "M")) ?? words
        )
    }

    private var words: String { unsafe String(cString: PQresultErrorMessage(raw)) }

    private func field(_ code: UInt8) -> String? {
        unsafe PQresultErrorField(raw, Int32(code)).map { unsafe String(cString: $0) }
    }

    /// The rows, which the server was asked to send in binary form.
    func answer() throws(PostgresError) -> PostgresAnswer {
        let affected = unsafe Int(String(cString: PQcmdTuples(raw))) ?? 0
        let (height, width) = unsafe (PQntuples(raw), PQnfields(raw))
        guard height > 0 else { return PostgresAnswer(rows: [], affected: affected) }
        let types = (0..<width).map { unsafe PQftype(raw, $0) }
        var rows: [[PostgresValue]] = []
        rows.reserveCapacity(Int(height))
        for row in 0..<height {
            var values: [PostgresValue] = []
            values.reserveCapacity(Int(width))
            for column in 0..<width { values.append(try value(row, column, types[Int(column)])) }
            rows.append(values)
        }
        return PostgresAnswer(rows: rows, affected: affected)
    }

    private func value(_ row: Int32, _ column: Int32, _ type: Oid) throws(PostgresError) -> PostgresValue {
        guard unsafe PQgetisnull(raw, row, column) == 0, let start = unsafe PQgetvalue(raw, row, column) else {
            return .null
        }
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(raw, row, column)))
        switch type {
        case PostgresType.bool, PostgresType.int2, PostgresType.int4, PostgresType.int8:
            // Big-endian, one to eight bytes; the first one has the sign.
            let sign = unsafe Int64(Int8(bitPattern: bytes.first ?? 0))
            let number = unsafe bytes.dropFirst().reduce(sign) { $0 << 8 | Int64($1) }
            return .integer(number)
        case PostgresType.float4: return unsafe .real(Double(Float(bitPattern: UInt32(Self.pattern(bytes)))))
        case PostgresType.float8: return unsafe .real(Double(bitPattern: Self.pattern(bytes)))
        case PostgresType.bytea: return unsafe .bytes([UInt8](bytes))
        case PostgresType.text, PostgresType.varchar, PostgresType.name, PostgresType.character, PostgresType.json,
            PostgresType.unknown:
            return unsafe .text(String(decoding: bytes, as: UTF8.self))
        // The first byte is a version.
        case PostgresType.jsonb: return unsafe .text(String(decoding: bytes.dropFirst(), as: UTF8.self))
        case PostgresType.void: return .null
        default:
            throw PostgresError(
                state: "XX000",
                message: "column \(column + 1) is of a type (oid \(type)) that is not read"
            )
        }
    }

    private static func pattern(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        unsafe bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// The supported types, by their OIDs in `pg_type.dat`.
enum PostgresType {
    /// Inferred by the server.
    static let unspecified: UInt32 = 0
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let character: UInt32 = 18
    static let name: UInt32 = 19
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let json: UInt32 = 114
    static let float4: UInt32 = 700
    static let float8: UInt32 = 701
    static let unknown: UInt32 = 705
    static let varchar: UInt32 = 1043
    static let void: UInt32 = 2278
    static let jsonb: UInt32 = 3802
}

/// One parameter of a statement, or one value of its result.
package enum PostgresValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes([UInt8])
}

/// The result of a statement.
package struct PostgresAnswer: Sendable, Hashable {
    /// Row by row, in the order of the columns.
    package var rows: [[PostgresValue]] = []
    /// How many rows it inserted, changed or deleted.
    package var affected = 0
}
