// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import JSON

/// The delivery options of `send`, and the metadata of the message.
struct SendDeliveryOptions: ParsableArguments {
    @Option(name: .long, help: "One word for routing and statistics.")
    var category: String?
    @Option(name: .long, help: "critical, normal or bulk.")
    var priority: String?
    @Option(name: .long, help: "Not before this time, such as 2026-11-20T17:33:27Z.")
    var sendAt: String?
    @Option(name: .long, help: "Given up after this time.")
    var expiresAt: String?
    @Option(name: .long, help: "The provider that has to carry it, in place of a route.")
    var provider: String?
    @Option(name: .long, help: "A header field, as 'Name: value'; may be repeated.")
    var header: [String] = []
    @Option(name: .long, help: "A label that is kept with the message; may be repeated.")
    var tag: [String] = []
    @Option(name: .long, help: "A word and its value that are kept with the message, as name=value; may be repeated.")
    var metadata: [String] = []
    @Option(name: .long, help: "Makes a repeated command harmless: the same one within 24 hours sends nothing more.")
    var idempotencyKey: String?

    /// Adds the fields of a send request.
    func add(to body: inout JSONObject) throws(CommandFailure) {
        for (name, value) in [
            ("category", category), ("priority", priority), ("send_at", sendAt), ("expires_at", expiresAt),
            ("provider", provider),
        ] {
            body[name] = value.map(JSON.string)
        }
        if !tag.isEmpty { body["tags"] = .array(tag.map(JSON.string)) }
        var faults: [String] = []
        body["headers"] = Self.pairs(header, ":", "--header", "'Name: value'", &faults)
        body["metadata"] = Self.pairs(metadata, "=", "--metadata", "name=value", &faults)
        guard faults.isEmpty else { throw CommandFailure(.wrongUsage, faults) }
    }

    /// An object of the texts before and after the first mark of each option; nil for an empty list.
    private static func pairs(
        _ texts: [String],
        _ mark: Character,
        _ option: String,
        _ form: String,
        _ faults: inout [String]
    ) -> JSON? {
        var object = JSONObject()
        for text in texts {
            let parts = text.split(separator: mark, maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            if parts.count == 2, !name.isEmpty, object[name] == nil {
                // A header field may have a blank after its colon (RFC 5322 section 2.2).
                object[name] = .string(String(mark == ":" ? parts[1].drop { $0 == " " } : parts[1]))
            } else {
                faults.append(
                    "\(option) `\(text)`: \(parts.count == 2 && !name.isEmpty ? "is given twice" : "write it as \(form)")"
                )
            }
        }
        return texts.isEmpty ? nil : .object(object)
    }
}
