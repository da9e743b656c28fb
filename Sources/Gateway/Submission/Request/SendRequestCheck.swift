// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
import JSON
package import Mail
package import Queue

/// Makes a draft of a send request, or reports all of its faults.
///
/// Each fault has the place of its field, as a pointer. See ``RequestFaults/problem`` for the status.
package struct SendRequestCheck {
    /// What a request is checked against.
    package struct Context: Sendable {
        var settings: SubmissionSettings
        var templates: any MailTemplates
        var principal: Principal
        var now: Timestamp
        /// Makes the unique part of a Message-ID.
        var newID: @Sendable () -> String
        /// False when no sealing key is configured: templates with secret variables cannot be sent then.
        var canSeal: Bool

        package init(
            settings: SubmissionSettings,
            templates: any MailTemplates,
            principal: Principal,
            now: Timestamp,
            newID: @escaping @Sendable () -> String,
            canSeal: Bool
        ) {
            self.settings = settings
            self.templates = templates
            self.principal = principal
            self.now = now
            self.newID = newID
            self.canSeal = canSeal
        }
    }

    private(set) var request: SendRequest
    let context: Context
    private(set) var places: RequestPlaces
    /// Variables that may be missing, because they are bound later.
    var given: Set<String> = []
    /// The attachments of the defaults, for a message of a batch that has none of its own.
    var shared: SharedAttachments?
    var faults: RequestFaults
    var attachments: [ContentHash: [UInt8]] = [:]
    var secrets = JSONObject()

    init(
        _ request: SendRequest,
        in context: Context,
        at places: RequestPlaces = RequestPlaces(),
        faults: RequestFaults = RequestFaults()
    ) {
        self.request = request
        self.context = context
        self.places = places
        self.faults = faults
    }

    /// Reads the JSON of one request, or of one message of a batch at `root`.
    ///
    /// `shared` are the attachments of `defaults`. Throws 422 when `body` is no object.
    init(
        reading body: JSON,
        at root: JSONPointer = .root,
        defaults: JSONObject? = nil,
        shared: SharedAttachments? = nil,
        in context: Context,
        shownFaults: Int = RequestFaults.limit
    ) throws(Problem) {
        guard case .object(let own) = body else {
            throw .invalidRequest([Problem.Fault(root, "expected an object, found \(body.typeName)")])
        }
        var places = RequestPlaces(root: root)
        var fields = own
        if let defaults {
            fields = own.overriding(defaults)
            for (name, _) in fields where own[name] == nil { places.inherited.insert(name) }
        }
        let usesShared = shared != nil && own["attachments"] == nil
        var reader = SendRequestReader(fields, at: places, faults: RequestFaults(shown: shownFaults))
        reader.refuseUnknownFields(of: own, at: root)
        let request = reader.request(via: .api, withAttachments: !usesShared)
        self.init(request, in: context, at: places, faults: reader.faults)
        if usesShared { self.shared = shared }
    }

    /// The draft; throws the problem of ``RequestFaults/problem``.
    mutating func draft() throws(Problem) -> MessageDraft {
        let draft = check()
        if let problem = faults.problem { throw problem }
        // Without a problem there is a draft: whatever prevents one is noted as a fault.
        guard let draft else { throw .invalidRequest([]) }
        return draft
    }

    func place(_ name: String) -> RequestPlace { places.place(name) }

    /// True for a field that was given, even with a value that cannot be read.
    func isGiven(_ name: String, _ value: (some Any)?) -> Bool { value != nil || request.unreadable.contains(name) }

    private mutating func check() -> MessageDraft? {
        let raw = preparedRaw()
        let brand = checkedBrand()
        if isGiven("raw", request.raw) {
            let recipients = raw.map { checkedRecipients(of: $0) } ?? namedRecipients() ?? []
            return raw.flatMap { check($0, to: recipients, brand) }
        }
        let recipients = checkedRecipients()
        let content = checkedContent(brand: brand.name)
        var category = checkedWord(request.category, "category")
        if !isGiven("category", request.category) { category = content?.template?.category }
        let from = checkedFrom(brand)
        let replyTo = request.replyTo == nil ? brand.replyTo : mailboxes(request.replyTo, "reply_to", limit: 10)
        let headers = checkedHeaders()
        let references = shared == nil ? checkedAttachments() : takeShared()
        let list = checkedList(of: content?.template, recipients)
        let options = checkedOptions(category: category)
        guard let from else { return nil }
        var stored = StoredRequest(
            from: from,
            replyTo: replyTo,
            recipients: recipients,
            content: content?.content ?? .nothing,
            brand: brand.name
        )
        stored.category = category
        stored.list = list
        stored.hasTextOnlyTemplate = content?.template.map { !$0.hasHTML } ?? false
        stored.headers = headers
        stored.attachments = references
        options.apply(to: &stored)
        checkCapabilities(stored)
        return MessageDraft(request: stored, template: content?.template, secrets: secrets, attachments: attachments)
    }

    /// The draft of a raw message.
    private mutating func check(_ raw: PreparedRaw, to recipients: [Recipient], _ brand: MailBrand) -> MessageDraft? {
        let category = checkedWord(request.category, "category")
        let list = checkedList(of: nil, recipients)
        let options = checkedOptions(category: category)
        checkSenders(of: raw.message, brand)
        var stored = StoredRequest(
            from: raw.from,
            replyTo: raw.content.replyTo,
            recipients: recipients,
            content: .raw(raw.stored(for: recipients)),
            brand: brand.name
        )
        stored.category = category
        stored.list = list
        stored.headers = raw.content.headers
        stored.attachments = raw.content.attachments.map(Self.reference)
        options.apply(to: &stored)
        checkCapabilities(stored)
        return MessageDraft(request: stored, attachments: [raw.hash: raw.message.bytes])
    }

    /// Prepares the message that the request has in its field `raw`, and takes its options over.
    private mutating func preparedRaw() -> PreparedRaw? {
        guard let raw = rawMessage() else { return nil }
        takeOptions(of: raw.message)
        return raw
    }

    /// Applies the options in the header of a raw message where the request has none.
    private mutating func takeOptions(of message: RawMessage) {
        let options = message.options
        func take<Value>(_ name: String, _ path: WritableKeyPath<SendRequest, Value?>, _ value: Value?) {
            guard let value, !isGiven(name, request[keyPath: path]) else { return }
            request[keyPath: path] = value
            places.headers[name] = options.field(of: name)
        }
        take("brand", \.brand, options.brand)
        take("category", \.category, options.category)
        take("list", \.list, options.list)
        take("priority", \.priority, options.priority)
        take("provider", \.provider, options.provider)
        take("send_at", \.sendAt, options.sendAt.map(SendRequest.Time.timestamp))
        take("expires_at", \.expiresAt, options.expiresAt.map(SendRequest.Time.timestamp))
        take("tags", \.tags, options.tags.isEmpty ? nil : options.tags)
        take("metadata", \.metadata, options.metadata.isEmpty ? nil : options.metadata)
        guard case .bytes? = request.raw else { return }
        // What a way in with a protocol of its own has to look at before.
        if let header = options.fields["idempotency_key"] {
            faults.invalid(place("raw"), "\(header): the request itself has the key, in the header Idempotency-Key")
        }
        if options.isTest {
            faults.invalid(
                place("raw"),
                "X-Mailgun-Drop-Message: the message is only a test; leave it out to send the message"
            )
        }
    }

    private mutating func checkedOptions(category: String?) -> CheckedOptions {
        let (times, priority) = (checkedTimes(), checkedPriority())
        return CheckedOptions(
            priority: priority ?? (context.settings.isCritical(category) ? .critical : .normal),
            sendAt: times.sendAt,
            expiresAt: times.expiresAt,
            tags: checkedTags(),
            metadata: checkedMetadata(),
            provider: checkedProvider(),
            via: request.via
        )
    }

    /// The attachments of the defaults, if there are any.
    private mutating func takeShared() -> [StoredRequest.AttachmentReference] {
        guard let shared else { return [] }
        attachments = shared.contents
        faults.add(shared.faults)
        return shared.references
    }
}

/// The fields that every kind of request has.
private struct CheckedOptions {
    let priority: Priority
    let sendAt: Timestamp?
    let expiresAt: Timestamp?
    let tags: [String]
    let metadata: [String: String]
    let provider: String?
    let via: SubmissionPath

    func apply(to request: inout StoredRequest) {
        request.priority = priority
        request.sendAt = sendAt
        request.expiresAt = expiresAt
        request.tags = tags
        request.metadata = metadata
        request.provider = provider
        request.via = via
    }
}

extension StoredRequest.Content {
    /// A placeholder while faults are collected.
    fileprivate static let nothing = Self.literal(subject: "", html: nil, text: nil)
}

/// How raw messages are read.
package struct RawMessageSettings: Sendable {
    /// Under which names our servers write `Authentication-Results`.
    package var serverNames: Set<String>
    package var options: HeaderOptions.Rules

    /// By default JSON in header fields is not read.
    package init(
        serverNames: Set<String> = [],
        options: HeaderOptions.Rules = HeaderOptions.Rules { (_) throws in throw RawMessageSettings.NoParser() }
    ) {
        self.serverNames = serverNames
        self.options = options
    }

    private struct NoParser: Error {}
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
    package var rawMessages = RawMessageSettings()
    /// The address of the gateway for the recipients of its mail.
    package var publicURL = "http://localhost"

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
