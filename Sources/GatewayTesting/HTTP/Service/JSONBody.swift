// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import JSON

extension JSON {
    /// Decodes a body; nil when it is no JSON.
    init?(body: [UInt8]) {
        // A service answers that the body is no JSON; the reason does not matter.
        guard let decoded = try? JSONDecoder().decode(DecodedJSON.self, from: Data(body)) else { return nil }
        self = decoded.value
    }
}
