// SPDX-License-Identifier: Apache-2.0
import JSON

/// The faults of one send request, collected so that one response lists them all.
struct RequestFaults: Sendable {
    /// The most faults that a response lists for a request.
    static let limit = 100

    /// How many faults the response lists; fewer for a message of a batch that has many faults already.
    private let shown: Int
    private var faults: [Problem.Fault] = []
    private var isInvalid = false
    /// True when the built message would exceed the size limit.
    var isTooLarge = false

    init(shown: Int = limit) {
        self.shown = max(1, min(shown, Self.limit))
    }

    /// True when the response lists no further fault: the reader may stop.
    var isFull: Bool { faults.count >= shown }
    /// The number of listed faults.
    var count: Int { faults.count }

    /// A value that no key may send.
    mutating func invalid(_ place: JSONPointer, _ detail: String) {
        isInvalid = true
        add(place, detail)
    }

    /// A value that another key may send.
    mutating func forbidden(_ place: JSONPointer, _ detail: String) {
        add(place, detail)
    }

    mutating func invalid(_ place: RequestPlace, _ detail: String) {
        invalid(place.pointer, place.prefix + detail)
    }

    mutating func forbidden(_ place: RequestPlace, _ detail: String) {
        forbidden(place.pointer, place.prefix + detail)
    }

    /// Adds the faults of another collection.
    mutating func add(_ other: RequestFaults) {
        isInvalid = isInvalid || other.isInvalid
        for fault in other.faults { add(fault.pointer, fault.detail) }
    }

    private mutating func add(_ place: JSONPointer, _ detail: String) {
        if !isFull { faults.append(Problem.Fault(place, detail)) }
    }

    /// The problem for the response, nil when there is none.
    ///
    /// 422 with every fault when any value is invalid, so that one response lists them all; 403 when only the key's
    /// permissions are missing; 413 when only the size is too large.
    var problem: Problem? {
        if isInvalid { return .invalidRequest(faults, isCutOff: isFull) }
        if !faults.isEmpty { return .outsideKey(faults) }
        return isTooLarge ? .messageTooLarge : nil
    }
}

extension JSONPointer {
    /// Appends the relative pointer `other`.
    func appending(contentsOf other: JSONPointer) -> JSONPointer {
        if description.isEmpty { return other }
        let names = other.description.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        return names.reduce(self) { place, name in
            // RFC 6901 section 4: first ~1, then ~0.
            place.appending(String(name).replacing("~1", with: "/").replacing("~0", with: "~"))
        }
    }
}

/// Where the fields of a request are.
struct RequestPlaces: Sendable {
    /// The place of the request.
    var root = JSONPointer.root
    /// The fields of a message of a batch that are those of its defaults.
    var inherited: Set<String> = []
    /// The fields that come from the header of a raw message, with the names of the header fields.
    var headers: [String: String] = [:]

    func root(of name: String) -> JSONPointer {
        inherited.contains(name) ? JSONPointer.root.appending("defaults") : root
    }

    /// The place of a field: in the message, or in the defaults of the batch.
    func place(_ name: String) -> RequestPlace {
        headers[name].map { RequestPlace(root(of: "raw"), "raw", header: $0) } ?? RequestPlace(root(of: name), name)
    }
}

/// A place in a send request, converted to a pointer only for a fault.
struct RequestPlace {
    private let root: JSONPointer
    private let field: String
    /// The header field of the raw message that gave the value.
    private let header: String?
    private var item: Int?
    private var member: String?

    init(_ root: JSONPointer, _ field: String, header: String? = nil) {
        self.root = root
        self.field = field
        self.header = header
    }

    /// The start of a fault's detail: the name of the header field.
    var prefix: String { header.map { "\($0): " } ?? "" }

    /// The place of item `position` of the field's list.
    func appending(_ position: Int) -> RequestPlace {
        var place = self
        place.item = position
        return place
    }

    /// The place of a member of the field, or of an item of it.
    func appending(_ member: String) -> RequestPlace {
        var place = self
        place.member = member
        return place
    }

    var pointer: JSONPointer {
        var pointer = root.appending(field)
        if header != nil { return pointer }
        if let item { pointer = pointer.appending(item) }
        if let member { pointer = pointer.appending(member) }
        return pointer
    }
}
