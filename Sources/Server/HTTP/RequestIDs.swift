// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
internal import Synchronization

/// Assigns request ids: the client's id if it is valid, else a number of this process.
struct RequestIDs: ~Copyable, Sendable {
    private static let digits = Array("0123456789abcdef".utf8)

    private let prefix: [UInt8]
    private let next = Atomic<UInt64>(0)

    /// `seed` makes the ids of one process differ from those of another.
    init(seed: UInt64) {
        prefix = Array("req_".utf8) + Self.hexadecimal(seed, digits: 12)
    }

    func id(_ fields: HTTPFields) -> String {
        if let given = fields[.requestID], Self.isSane(given) { return given }
        let number = next.wrappingAdd(1, ordering: .relaxed).newValue
        return String(decoding: prefix + Self.hexadecimal(number, digits: 8), as: UTF8.self)
    }

    /// 1 to 128 printable ASCII characters, none of which can break a log line.
    private static func isSane(_ id: String) -> Bool {
        (1...128).contains(id.utf8.count) && id.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    private static func hexadecimal(_ number: UInt64, digits count: UInt64) -> [UInt8] {
        (0..<count).reversed().map { digits[Int(number >> (4 * $0) & 15)] }
    }
}
