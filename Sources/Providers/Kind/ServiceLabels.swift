// SPDX-License-Identifier: Apache-2.0
import Basics
package import JSON
package import Mail

extension OutgoingMessage {
    private static let longestTag = 256
    private static let mostTags = 50

    /// The tags for a service whose tags are pairs of ASCII letters, digits, `_` and `-`: our id, the category, the tags and the
    /// metadata, as far as there is room.
    ///
    /// `_` takes the place of every other character. Each name occurs once, and no text is empty.
    package var serviceTags: [(name: String, value: String)] {
        var labels = [(serviceIDKey, id)]
        if let category { labels.append(("category", category)) }
        labels += tags.enumerated().map { ("tag_\($0.offset + 1)", $0.element) }
        labels += metadata.sorted { $0.key < $1.key }
        var names: Set<String> = []
        var result: [(name: String, value: String)] = []
        for (key, text) in labels where result.count < Self.mostTags {
            let (name, value) = (Self.tag(key), Self.tag(text))
            guard !name.isEmpty, !value.isEmpty, names.insert(name).inserted else { continue }
            result.append((name, value))
        }
        return result
    }

    private static func tag(_ text: String) -> String {
        let bytes = text.unicodeScalars.prefix(longestTag).map { scalar in
            UInt8(exactly: scalar.value).flatMap { isTagByte($0) ? $0 : nil } ?? UInt8(ascii: "_")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isTagByte(_ byte: UInt8) -> Bool { byte.isASCIIAlphanumeric || "_-".utf8.contains(byte) }

    /// Our id and the metadata in the order of its keys, as an object whose JSON text has at most `limit` octets.
    ///
    /// A member that does not fit, or whose JSON text `isAllowed` refuses, is left out.
    package func customData(upTo limit: Int, where isAllowed: ([UInt8]) -> Bool = { _ in true }) -> JSONObject {
        var members = JSONObject([(serviceIDKey, .string(id))])
        var room = limit - JSON.object(members).encoded().count
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where key != serviceIDKey {
            let pair = JSON.object(JSONObject([(key, .string(value))])).encoded()
            // A comma takes the place of its two braces.
            guard pair.count - 1 <= room, isAllowed(pair) else { continue }
            members[key] = .string(value)
            room -= pair.count - 1
        }
        return members
    }
}
