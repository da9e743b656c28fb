// SPDX-License-Identifier: Apache-2.0
public import Basics
public import JSON

/// What the header fields of a raw message say about how to send it.
///
/// All of these fields are taken out of the message. Our own names count before those of other services.
public struct HeaderOptions: Sendable {
    /// How the fields are read.
    public struct Rules: Sendable {
        /// True to read and take out `X-Tag`, `X-Metadata` and `X-Metadata-NAME`, which an application may use for itself.
        public var takesPlainNames: Bool
        /// Parses the JSON that some fields hold.
        public var parse: @Sendable ([UInt8]) throws -> JSON

        public init(takesPlainNames: Bool = true, parse: @escaping @Sendable ([UInt8]) throws -> JSON) {
            (self.takesPlainNames, self.parse) = (takesPlainNames, parse)
        }
    }

    /// A field of another service with a value that the gateway cannot use; it is ignored.
    public struct Warning: Sendable, Hashable, CustomStringConvertible {
        public let field: String
        /// One sentence that quotes no content.
        public let detail: String

        public var description: String { "\(field): \(detail)" }
    }

    public internal(set) var brand: String?
    public internal(set) var category: String?
    /// `critical`, `normal` or `bulk`.
    public internal(set) var priority: String?
    public internal(set) var provider: String?
    public internal(set) var list: String?
    /// 1 to 255 printable ASCII characters.
    public internal(set) var idempotencyKey: String?
    public internal(set) var sendAt: Timestamp?
    public internal(set) var expiresAt: Timestamp?
    /// Each once, in their order.
    public internal(set) var tags: [String] = []
    /// In their order; each name once.
    public internal(set) var metadata: [(name: String, value: String)] = []
    /// True for a message that is to be checked, but not sent.
    public internal(set) var isTest = false
    public internal(set) var warnings: [Warning] = []
    /// The name of the field, as it was written, that gave an option; the keys are the names of the send request: `send_at`,
    /// `tags/0`, `metadata/NAME`, one key for each item.
    public internal(set) var fields: [String: String] = [:]

    public init() {}

    /// The name of the field that gave an option (`send_at`, `tags/0`, `metadata/NAME`); nil when the header has no such option.
    ///
    /// For `tags` and `metadata` as a whole, and for an item that no field gave, it is the field of the first item.
    public func field(of option: String) -> String? {
        if let field = fields[option] { return field }
        switch option.split(separator: "/", maxSplits: 1).first {
        case "tags": return fields["tags/0"]
        case "metadata": return metadata.first.flatMap { fields["metadata/\($0.name)"] }
        default: return nil
        }
    }

    /// True for the name (in lower case) of a field that is taken out of every message: an option, or a field that steers a
    /// service on the way, which would obey it.
    static func isOption(_ name: String, takesPlainNames: Bool) -> Bool {
        if prefixes.contains(where: { name.hasPrefix($0) }) || names.contains(name) { return true }
        return takesPlainNames && (name == "x-tag" || name == "x-metadata" || name.hasPrefix("x-metadata-"))
    }

    private static let prefixes = [
        "x-posthaste-", "x-pm-", "x-mailgun-", "x-ses-", "x-ee-", "x-mj-", "x-mc-", "x-mailin-", "x-sib-",
    ]
    private static let names: Set<String> = ["x-smtpapi", "x-msys-api", "resend-idempotency-key"]
}

/// Reads the options of a header.
struct HeaderOptionsReader {
    static let ownPrefix = "X-Posthaste-"

    let rules: HeaderOptions.Rules
    var options = HeaderOptions()
    /// Bad values of our own fields.
    var faults: [RawMessageError.Fault] = []
    private var hasSendGridField = false
    /// The times that another service's field can name: what lies outside of them is a mistake in the unit or in the year.
    private let foreignTimes: ClosedRange<Timestamp>

    init(_ bytes: [UInt8], _ fields: [ParsedField], _ rules: HeaderOptions.Rules, now: Timestamp) {
        self.rules = rules
        foreignTimes = (now - LabelRules.furthest)...(now + LabelRules.furthest)
        var foreign: [(name: String, value: String)] = []
        for field in fields {
            let name = bytes.name(of: field)
            guard HeaderOptions.isOption(name.lowercased(), takesPlainNames: rules.takesPlainNames) else { continue }
            let value = EncodedWords.decode(bytes[field.value].trimmed)
            if name.lowercased().hasPrefix(Self.ownPrefix.lowercased()) {
                readOwn(name, value)
            } else {
                foreign.append((name, value))
            }
        }
        for (name, value) in foreign { readForeign(name, value) }
    }

    private static let own: Set<String> = [
        "brand", "category", "priority", "provider", "list", "idempotency-key", "send-at", "expires-at", "tag",
    ]

    private mutating func readOwn(_ name: String, _ value: String) {
        let key = name.dropFirst(Self.ownPrefix.utf8.count).lowercased()
        let fault: String?
        switch key {
        case "brand": fault = setWord(\.brand, "brand", name, value)
        case "category": fault = setWord(\.category, "category", name, value)
        case "provider": fault = setWord(\.provider, "provider", name, value)
        case "list": fault = setWord(\.list, "list", name, value)
        case "priority":
            let isKnown = ["critical", "normal", "bulk"].contains(value)
            fault = isKnown ? set(\.priority, "priority", name, value) : "expected `critical`, `normal` or `bulk`"
        case "idempotency-key": fault = setIdempotencyKey(name, value)
        case "send-at": fault = setTime(\.sendAt, "send_at", name, Timestamp(value))
        case "expires-at": fault = setTime(\.expiresAt, "expires_at", name, Timestamp(value))
        case "tag": fault = addTag(name, value)
        // The gateway's own id, in a message that it sent before.
        case "id": fault = nil
        default:
            let prefix = "metadata-"
            if key.hasPrefix(prefix) {
                fault = addMetadata(name, String(name.dropFirst(Self.ownPrefix.utf8.count + prefix.utf8.count)), value)
            } else {
                let hint = NearestName.of(key, among: Self.own).map { "; did you mean \(Self.ownPrefix)\($0)?" } ?? ""
                fault = "there is no option of this name\(hint)"
            }
        }
        if let fault { faults.append(.init(.option, field: name, fault + ".")) }
    }

    private mutating func readForeign(_ name: String, _ value: String) {
        let key = name.lowercased()
        var fault: String?
        switch key {
        case "resend-idempotency-key", "x-ee-idempotency-key": fault = setIdempotencyKey(name, value)
        case "x-pm-tag", "x-mailgun-tag", "x-tag": fault = addTag(name, value)
        case "x-mailgun-variables", "x-metadata": fault = addJSON(name, value)
        case "x-ses-message-tags": fault = addPairs(name, value)
        case "x-mailgun-deliver-by": fault = setTime(\.sendAt, "send_at", name, InternetDate.parse(value))
        case "x-ee-send-at":
            let time = Int64(value).map { Timestamp(milliseconds: $0) } ?? Timestamp(value)
            fault = setTime(\.sendAt, "send_at", name, time)
        case "x-mailgun-drop-message":
            if ["yes", "true"].contains(value.lowercased()) { options.isTest = true }
        case "x-smtpapi" where !hasSendGridField:
            hasSendGridField = true
            readSendGrid(name, value)
        default:
            for prefix in ["x-pm-metadata-", "x-metadata-"] where key.hasPrefix(prefix) {
                fault = addMetadata(name, String(name.dropFirst(prefix.utf8.count)), value)
            }
        }
        if let fault { warn(name, fault) }
    }

    /// The most warnings of a message that a person reads.
    private static let warningLimit = 50

    mutating func warn(_ name: String, _ fault: String) {
        guard options.warnings.count < Self.warningLimit else { return }
        options.warnings.append(.init(field: name, detail: fault + "; the field is ignored."))
    }
}

/// Values. Each function returns what is wrong, or nil.
extension HeaderOptionsReader {
    /// Sets an option; the first of several fields counts.
    private mutating func set<Value>(
        _ option: WritableKeyPath<HeaderOptions, Value?>,
        _ key: String,
        _ name: String,
        _ value: Value
    ) -> String? {
        guard options[keyPath: option] == nil else { return nil }
        options[keyPath: option] = value
        options.fields[key] = name
        return nil
    }

    private mutating func setWord(
        _ option: WritableKeyPath<HeaderOptions, String?>,
        _ key: String,
        _ name: String,
        _ value: String
    ) -> String? {
        LabelRules.fault(ofWord: value) ?? set(option, key, name, value)
    }

    private mutating func setIdempotencyKey(_ name: String, _ value: String) -> String? {
        guard (1...255).contains(value.utf8.count), value.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
            return "expected 1 to 255 printable ASCII characters"
        }
        return set(\.idempotencyKey, "idempotency_key", name, value)
    }

    mutating func setTime(
        _ option: WritableKeyPath<HeaderOptions, Timestamp?>,
        _ key: String,
        _ name: String,
        _ time: Timestamp?
    ) -> String? {
        let isOwn = name.lowercased().hasPrefix(Self.ownPrefix.lowercased())
        guard let time, (Timestamp.distantPast...Timestamp.distantFuture).contains(time) else {
            return isOwn ? "expected a time such as 2026-11-20T17:33:27Z (RFC 3339)" : "expected a time"
        }
        guard isOwn || foreignTimes.contains(time) else { return "expected a time not more than 366 days from now" }
        return set(option, key, name, time)
    }

    mutating func addTag(_ name: String, _ value: String) -> String? {
        if let fault = LabelRules.faults(ofLabel: value, LabelRules.tagLength).first { return fault }
        guard !options.tags.contains(value) else { return nil }
        guard options.tags.count < LabelRules.mostTags else {
            return "a message has at most \(LabelRules.mostTags) tags"
        }
        options.fields["tags/\(options.tags.count)"] = name
        options.tags.append(value)
        return nil
    }

    mutating func addMetadata(_ name: String, _ member: String, _ value: String) -> String? {
        if let fault = LabelRules.faults(ofLabel: member, LabelRules.tagLength).first { return fault }
        guard !options.metadata.contains(where: { $0.name == member }) else { return nil }
        guard options.metadata.count < LabelRules.mostMetadata else {
            return "a message has at most \(LabelRules.mostMetadata) members of metadata"
        }
        if let fault = LabelRules.fault(ofMetadata: value) { return fault }
        options.fields["metadata/\(member)"] = name
        options.metadata.append((member, value))
        return nil
    }

    /// A JSON object whose members are metadata.
    private mutating func addJSON(_ name: String, _ value: String) -> String? {
        guard let members = json(value)?.object else { return "expected a JSON object" }
        return addMembers(name, members)
    }

    mutating func addMembers(_ name: String, _ members: JSONObject) -> String? {
        var fault: String?
        for (member, value) in members {
            let text = value.string ?? String(decoding: value.encoded(), as: UTF8.self)
            fault = addMetadata(name, member, text) ?? fault
        }
        return fault
    }

    /// The JSON of a field; nil when it is not JSON, or nested deeper than an option needs.
    func json(_ text: String) -> JSON? {
        // What the parser throws says no more than that the text is no JSON.
        try? rules.parse(Array(text.utf8))
    }

    /// `a=b, c=d`.
    private mutating func addPairs(_ name: String, _ value: String) -> String? {
        var fault: String?
        for pair in value.split(separator: ",").prefix(100) {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2 else { return "expected pairs such as a=b, c=d" }
            let (member, text) = (HeaderText.tidy(String(halves[0])), HeaderText.tidy(String(halves[1])))
            fault = addMetadata(name, member, text) ?? fault
        }
        return fault
    }

    /// The members of SendGrid's field that have an equivalent; those that would send other mail than the recipients of the
    /// envelope say refuse the message.
    private mutating func readSendGrid(_ name: String, _ value: String) {
        guard let members = json(value)?.object else {
            warn(name, "expected a JSON object")
            return
        }
        for member in ["to", "sub", "section", "substitutions", "sections"] {
            guard let value = members[member], !Self.isEmpty(value) else { continue }
            let advice =
                "the member `\(member)` is not supported, because it changes what each recipient gets; leave it out."
            faults.append(.init(.option, field: name, advice))
        }
        var fault: String?
        if let category = members["category"] {
            for tag in category.array ?? [category] {
                fault = (tag.string.map { addTag(name, $0) } ?? "expected texts in `category`") ?? fault
            }
            if let fault { warn(name, fault) }
        }
        if let arguments = members["unique_args"]?.object { fault = addMembers(name, arguments) } else { fault = nil }
        if let fault { warn(name, fault) }
        if let seconds = members["send_at"] {
            let time = seconds.integer.flatMap { (0..<10_000_000_000).contains($0) ? Int64($0) * 1000 : nil }
            fault = setTime(\.sendAt, "send_at", name, time.map { Timestamp(milliseconds: $0) })
            if let fault { warn(name, fault) }
        }
    }

    private static func isEmpty(_ value: JSON) -> Bool {
        value.isNull || value.array?.isEmpty == true || value.object?.isEmpty == true
    }
}
