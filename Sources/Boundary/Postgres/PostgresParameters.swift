// SPDX-License-Identifier: Apache-2.0

/// The parameters of one statement in libpq's form.
///
/// Integers are declared as such; text is sent untyped, so that the server infers its type.
struct PostgresParameters {
    private static let text: Int32 = 0
    private static let binary: Int32 = 1

    /// All values one after the other, each followed by a zero byte.
    private var bytes: [UInt8] = []
    /// The offset of each value; -1 for NULL.
    private var starts: [Int] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []
    /// The declared parameter types; for a NULL the statement determines the type.
    private(set) var types: [UInt32] = []

    init(_ values: [PostgresValue]) throws(PostgresError) {
        starts.reserveCapacity(values.count)
        lengths.reserveCapacity(values.count)
        formats.reserveCapacity(values.count)
        for value in values {
            switch value {
            case .null:
                starts.append(-1)
                lengths.append(0)
                formats.append(Self.text)
                types.append(PostgresType.unspecified)
            case .integer(let number): append(String(number).utf8, Self.text, PostgresType.int8)
            case .real(let number): append("\(number)".utf8, Self.text, PostgresType.float8)
            case .text(let text):
                guard !text.utf8.contains(0) else {
                    throw PostgresError(
                        state: "22021",
                        message: "PostgreSQL stores no text that holds the character U+0000"
                    )
                }
                append(text.utf8, Self.text, PostgresType.unspecified)
            case .bytes(let value): append(value, Self.binary, PostgresType.bytea)
            }
        }
    }

    private mutating func append(_ value: some Collection<UInt8>, _ format: Int32, _ type: UInt32) {
        starts.append(bytes.count)
        lengths.append(Int32(clamping: value.count))
        formats.append(format)
        types.append(type)
        bytes.append(contentsOf: value)
        bytes.append(0)
    }

    /// Passes count, values, lengths and formats to `use`; the pointers are valid only within it.
    func lend<T>(
        _ use: (Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> T
    ) -> T {
        guard !starts.isEmpty else { return use(0, nil, nil, nil) }
        return unsafe bytes.withUnsafeBytes { bytes in
            let base = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            let pointers: [UnsafePointer<CChar>?] = unsafe starts.map { start in
                // When all values are NULL there is no byte to point at.
                start < 0 ? nil : unsafe base.map { unsafe $0 + start }
            }
            return unsafe pointers.withUnsafeBufferPointer { pointers in
                unsafe lengths.withUnsafeBufferPointer { lengths in
                    unsafe formats.withUnsafeBufferPointer { formats in
                        unsafe use(
                            Int32(starts.count),
                            pointers.baseAddress,
                            lengths.baseAddress,
                            formats.baseAddress
                        )
                    }
                }
            }
        }
    }
}
