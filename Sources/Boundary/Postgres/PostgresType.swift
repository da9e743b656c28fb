// SPDX-License-Identifier: Apache-2.0

/// The types that are sent and read, by their numbers in `pg_type.dat`.
enum PostgresType {
    /// Left to the server.
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
