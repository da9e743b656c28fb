// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import JSON

extension JSON {
    /// Decodes a body; nil when it is no JSON.
    init?(body: [UInt8]) {
        // A service answers that the body is no JSON; the reason does not matter.
        guard let decoded = try? JSONDecoder().decode(Decoded.self, from: Data(body)) else { return nil }
        self = decoded.value
    }

    private struct Decoded: Decodable {
        let value: JSON

        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init?(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            if let members = try? decoder.container(keyedBy: Key.self) {
                value = .object(
                    JSONObject(
                        try members.allKeys.sorted { $0.stringValue < $1.stringValue }.map {
                            ($0.stringValue, try members.decode(Decoded.self, forKey: $0).value)
                        }
                    )
                )
            } else if var items = try? decoder.unkeyedContainer() {
                var array: [JSON] = []
                while !items.isAtEnd { array.append(try items.decode(Decoded.self).value) }
                value = .array(array)
            } else {
                let single = try decoder.singleValueContainer()
                if single.decodeNil() {
                    value = .null
                } else if let flag = try? single.decode(Bool.self) {
                    value = .bool(flag)
                } else if let whole = try? single.decode(Int.self) {
                    value = .integer(whole)
                } else if let number = try? single.decode(Double.self) {
                    value = .number(number)
                } else {
                    value = .string(try single.decode(String.self))
                }
            }
        }
    }
}
