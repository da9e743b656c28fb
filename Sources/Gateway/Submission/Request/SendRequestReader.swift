// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
package import JSON
package import Queue

/// Parses the JSON of a send request into a draft, or reports all of its faults.
///
/// Each fault has a pointer into the request. See ``RequestFaults/problem`` for the status.
package struct SendRequestReader {
    /// What a request is checked against.
    package struct Context: Sendable {
        var settings: SubmissionSettings
        var templates: any MailTemplates
        var principal: Principal
        var now: Timestamp
        /// False when no sealing key is configured: templates with secret variables cannot be sent then.
        var canSeal: Bool

        package init(
            settings: SubmissionSettings,
            templates: any MailTemplates,
            principal: Principal,
            now: Timestamp,
            canSeal: Bool
        ) {
            self.settings = settings
            self.templates = templates
            self.principal = principal
            self.now = now
            self.canSeal = canSeal
        }
    }

    static let names = [
        "to", "cc", "bcc", "reply_to", "from", "template", "data", "locale", "subject", "html", "text", "brand",
        "attachments", "headers", "category", "tags", "metadata", "priority", "send_at", "expires_at", "provider",
    ]
    private static let known = Set(names)

    let context: Context
    let fields: JSONObject
    private let root: JSONPointer
    private let own: JSONObject
    private let hasDefaults: Bool
    var given: Set<String> = []
    var shared: SharedAttachments?
    var faults = RequestFaults()
    var attachments: [ContentHash: [UInt8]] = [:]
    var secrets = JSONObject()

    /// Reads `body`; the variables in `given` may be missing, because they are bound later.
    ///
    /// Throws the problem of ``RequestFaults/problem``.
    package static func draft(
        _ body: JSON,
        in context: Context,
        given: Set<String> = []
    ) throws(Problem) -> MessageDraft {
        try draft(body, at: .root, defaults: nil, shared: nil, in: context, given: given)
    }

    /// Reads one message of a batch, located at `root`; `shared` are the attachments of `defaults`.
    static func draft(
        _ body: JSON,
        at root: JSONPointer,
        defaults: JSONObject?,
        shared: SharedAttachments?,
        in context: Context,
        given: Set<String> = [],
        shownFaults: Int = RequestFaults.limit
    ) throws(Problem) -> MessageDraft {
        guard case .object(let own) = body else {
            throw .invalidRequest([Problem.Fault(root, "expected an object, found \(body.typeName)")])
        }
        var reader = SendRequestReader(own, at: root, defaults: defaults, in: context)
        reader.given = given
        reader.shared = shared
        reader.faults = RequestFaults(shown: shownFaults)
        let draft = reader.read()
        if let problem = reader.faults.problem { throw problem }
        // Without a problem there is a draft: whatever prevents one is noted as a fault.
        guard let draft else { throw .invalidRequest([]) }
        return draft
    }

    init(
        _ own: JSONObject,
        at root: JSONPointer = .root,
        defaults: JSONObject? = nil,
        in context: Context
    ) {
        self.context = context
        self.own = own
        self.root = root
        hasDefaults = defaults != nil
        fields = defaults.map { Self.merge(own, into: $0) } ?? own
    }

    /// The place of a field: in the message, or in the defaults of the batch.
    func place(_ name: String) -> RequestPlace { RequestPlace(root(of: name), name) }

    func root(of name: String) -> JSONPointer {
        hasDefaults && own[name] == nil && fields[name] != nil ? JSONPointer.root.appending("defaults") : root
    }

    /// Merges objects name by name; any other value replaces the default.
    private static func merge(_ own: JSONObject, into defaults: JSONObject) -> JSONObject {
        var merged = defaults
        for (name, value) in own {
            if case .object(let inner) = value, case .object(let outer)? = defaults[name],
                ["data", "headers", "metadata"].contains(name)
            {
                merged[name] = .object(merge(inner, outer))
            } else {
                merged[name] = value
            }
        }
        return merged
    }

    private static func merge(_ inner: JSONObject, _ outer: JSONObject) -> JSONObject {
        var merged = outer
        for (name, value) in inner { merged[name] = value }
        return merged
    }

    private mutating func read() -> MessageDraft? {
        refuseUnknownFields()
        let brand = readBrand()
        let recipients = readRecipients()
        let content = readContent(brand: brand.name)
        var category = readWord("category")
        if fields["category"] == nil { category = content?.template?.category }
        let from = readFrom(brand)
        let times = readTimes()
        let replyTo = fields["reply_to"] == nil ? brand.replyTo : readMailboxes("reply_to", limit: 10)
        var request = from.map { from in
            StoredRequest(from: from, replyTo: replyTo, recipients: recipients, content: .nothing, brand: brand.name)
        }
        request?.content = content?.content ?? .nothing
        request?.category = category
        let priority = readPriority()
        request?.priority = priority ?? (context.settings.isCritical(category) ? .critical : .normal)
        readOptions(into: &request)
        request?.hasTextOnlyTemplate = content?.template.map { !$0.hasHTML } ?? false
        request?.sendAt = times.sendAt
        request?.expiresAt = times.expiresAt
        guard let request else { return nil }
        checkCapabilities(request)
        return MessageDraft(
            request: request,
            template: content?.template,
            secrets: secrets,
            attachments: attachments
        )
    }

    private mutating func readOptions(into request: inout StoredRequest?) {
        let (tags, metadata, headers) = (readTags(), readMetadata(), readHeaders())
        let references = own["attachments"] == nil ? takeShared() : readAttachments()
        let provider = readProvider()
        request?.tags = tags
        request?.metadata = metadata
        request?.headers = headers
        request?.attachments = references
        request?.provider = provider
    }

    /// The attachments of the defaults, if there are any.
    private mutating func takeShared() -> [StoredRequest.AttachmentReference] {
        guard let shared else { return [] }
        attachments = shared.contents
        faults.add(shared.faults)
        return shared.references
    }

    private mutating func refuseUnknownFields() {
        for (name, _) in own where !Self.known.contains(name) && !faults.isFull {
            faults.invalid(root.appending(name), "is no field of a send request\(Self.hint(name, Self.names))")
        }
    }

    /// `; did you mean …?` or nothing.
    static func hint(_ name: String, _ known: some Sequence<String>) -> String {
        NearestName.of(name, among: known).map { "; did you mean `\($0)`?" } ?? ""
    }
}

extension StoredRequest.Content {
    /// A placeholder while faults are collected.
    fileprivate static let nothing = Self.literal(subject: "", html: nil, text: nil)
}

/// The part of the configuration that acceptance needs; a value, replaced as a whole on reload.
package struct SubmissionSettings: Sendable {
    package var defaultBrand: String
    package var routes: Routes
    /// The providers by their names; what they can carry may change while they run.
    package var providers: [String: any Provider]
    /// Categories whose mail is critical when the request names no priority.
    package var criticalCategories: Set<String>
    /// False in a process that starts no providers: it leaves the judgement of those that are not ready to a gateway.
    package var startsProviders = true

    package init(
        defaultBrand: String,
        routes: Routes,
        providers: [String: any Provider],
        criticalCategories: Set<String>
    ) {
        self.defaultBrand = defaultBrand
        self.routes = routes
        self.providers = providers
        self.criticalCategories = criticalCategories
    }

    package init(defaultBrand: String, delivery: DeliverySettings, criticalCategories: Set<String>) {
        let providers = delivery.providers.map { ($0.name, $0.provider) }
        self.init(
            defaultBrand: defaultBrand,
            routes: delivery.routes,
            providers: Dictionary(providers) { first, _ in first },
            criticalCategories: criticalCategories
        )
    }

    func isCritical(_ category: String?) -> Bool { category.map(criticalCategories.contains) ?? false }

    /// What a provider supports, as far as it is known.
    func assumedCapabilities(of provider: any Provider) -> Capabilities {
        guard let startable = provider as? any StartableProvider, !startable.isReady else {
            return provider.capabilities
        }
        return startsProviders ? ServiceDeclaration.least : Capabilities(rawValue: .max)
    }

    /// The providers that may carry a routing key, in the order of failover.
    func providers(for routingKey: RoutingKey) -> [any Provider] {
        routes.via(routingKey).providers.compactMap { providers[$0] }
    }
}

extension SendRequestReader {
    private static let furthest = Duration.seconds(366 * 86_400)

    mutating func readTimes() -> (sendAt: Timestamp?, expiresAt: Timestamp?) {
        let (sendAt, expiresAt) = (readTime("send_at"), readTime("expires_at"))
        if let sendAt, sendAt > context.now + Self.furthest {
            faults.invalid(place("send_at"), "is more than a year ahead")
        }
        if let expiresAt {
            if expiresAt <= context.now {
                faults.invalid(place("expires_at"), "is over already")
            } else if let sendAt, expiresAt <= sendAt {
                faults.invalid(place("expires_at"), "must be later than `send_at`")
            }
        }
        return (sendAt, expiresAt)
    }

    private mutating func readTime(_ name: String) -> Timestamp? {
        guard let text = readString(name) else { return nil }
        let time = Timestamp(text)
        if time == nil { faults.invalid(place(name), "expected a time such as 2026-11-20T17:33:27Z (RFC 3339)") }
        return time
    }
}
