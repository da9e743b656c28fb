// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Mail
internal import Queue
internal import Submission

/// The search of the page Messages: its fields as they were sent, and the filter made of them.
struct MessageSearchForm: Sendable {
    /// A tab over the list: some states, under one name in the address.
    struct Tab: Sendable {
        let name: String
        let title: String
        let states: Set<MessageState>?
    }

    static let tabs = [
        Tab(name: "", title: "All", states: nil),
        Tab(name: "waiting", title: "Waiting", states: [.scheduled, .queued, .sending]),
        Tab(name: "parked", title: "Parked", states: [.parked]),
        Tab(name: "uncertain", title: "Uncertain", states: [.uncertain]),
        Tab(name: "lost", title: "Not arrived", states: [.failed, .bounced, .expired, .uncertain]),
        Tab(name: "sent", title: "Sent", states: [.sent]),
        Tab(name: "delivered", title: "Delivered", states: [.delivered]),
        Tab(name: "cancelled", title: "Cancelled", states: [.cancelled, .suppressed, .discarded]),
    ]

    /// The names of the fields that a page is made of, in the order of the address.
    private static let names = ["q", "state", "brand", "category", "provider", "since", "until"]
    static let spans: [(name: String, title: String, length: Duration)] = [
        ("hour", "last hour", .seconds(3600)), ("day", "last day", .seconds(86_400)),
        ("week", "last 7 days", .seconds(7 * 86_400)),
    ]

    private(set) var filter: MessageFilter
    /// The fields as they were sent, without empty ones.
    private(set) var values: [String: String] = [:]
    /// What is wrong with a field, by its name.
    private(set) var faults: [String: String] = [:]

    /// `after` is the place in the list where the page begins.
    init(_ visit: ConsoleCall, limit: Int) {
        filter = MessageFilter(limit: limit)
        filter.visibleBrands = visit.visitor.principal.brands
        for name in Self.names { values[name] = visit.text(name) }
        filter.brand = values["brand"]
        filter.category = values["category"]
        filter.provider = values["provider"]
        filter.after = visit.text("after")
        readState()
        readWords()
        readTimes(visit.now)
    }

    /// The id of a message, where that was searched for.
    var id: String? { values["q"].flatMap { $0.hasPrefix("msg_") && !$0.contains(" ") ? $0 : nil } }

    private mutating func readState() {
        guard let name = values["state"] else { return }
        if let tab = Self.tabs.first(where: { $0.name == name }) {
            filter.states = tab.states
        } else if let state = MessageState(rawValue: name) {
            filter.states = [state]
        } else {
            values["state"] = nil
        }
    }

    /// An address, `tag:NAME`, or words of the subject.
    private mutating func readWords() {
        guard let words = values["q"], id == nil else { return }
        if words.hasPrefix("tag:") {
            filter.tag = String(words.dropFirst(4))
        } else if words.contains("@"), !words.contains(" ") {
            do throws(FieldError) {
                filter.to = try EmailAddress(parsing: words)
            } catch {
                faults["q"] = error.description
            }
        } else {
            filter.subject = words
        }
    }

    private mutating func readTimes(_ now: Timestamp) {
        if let name = values["since"] {
            if let span = Self.spans.first(where: { $0.name == name }) {
                // In whole minutes, so that pages that ask for the same can share the answer.
                filter.since = Timestamp(milliseconds: (now - span.length).milliseconds / 60_000 * 60_000)
            } else if let moment = Self.moment(name) {
                filter.since = moment
            } else {
                faults["since"] = "Write a time like 2026-11-20 17:33 (UTC)."
            }
        }
        guard let name = values["until"] else { return }
        filter.until = Self.moment(name)
        if filter.until == nil { faults["until"] = "Write a time like 2026-11-20 17:33 (UTC)." }
    }

    /// A day, a minute as browsers send it, or RFC 3339; in UTC.
    private static func moment(_ text: String) -> Timestamp? {
        let text = text.replacing(" ", with: "T")
        switch text.utf8.count {
        case 10: return Timestamp("\(text)T00:00:00Z")
        case 16: return Timestamp("\(text):00Z")
        case 19: return Timestamp("\(text)Z")
        default: return Timestamp(text)
        }
    }

    /// The address of the list with these fields, with `name` set to `value`.
    func address(setting name: String? = nil, to value: String = "") -> String {
        var values = values
        if let name { values[name] = value.isEmpty ? nil : value }
        let names = Self.names + (name == "after" ? ["after"] : [])
        let query = names.compactMap { name in values[name].map { "\(name)=\(PercentEncoding.encode($0))" } }
        return "/console/messages" + (query.isEmpty ? "" : "?\(query.joined(separator: "&"))")
    }
}
