// SPDX-License-Identifier: Apache-2.0
import JSON

/// What is wrong with one send request, collected so that the sender learns of all of it at once.
struct RequestFaults: Sendable {
    /// A request with more faults than this is told the first ones only.
    static let limit = 100

    /// How many faults the answer lists; fewer for a message of a batch that has many faults already.
    private let shown: Int
    private var faults: [Problem.Fault] = []
    private var isInvalid = false
    /// True once the built message would be over the limit.
    var isTooLarge = false

    init(shown: Int = limit) {
        self.shown = max(1, min(shown, Self.limit))
    }

    /// True when the answer lists no further fault: the reader may stop looking.
    var isFull: Bool { faults.count >= shown }
    /// How many faults the answer lists.
    var count: Int { faults.count }

    /// Something that no key may send.
    mutating func invalid(_ place: JSONPointer, _ detail: String) {
        isInvalid = true
        add(place, detail)
    }

    /// Something that another key might send.
    mutating func forbidden(_ place: JSONPointer, _ detail: String) {
        add(place, detail)
    }

    mutating func invalid(_ place: RequestPlace, _ detail: String) { invalid(place.pointer, detail) }

    mutating func forbidden(_ place: RequestPlace, _ detail: String) { forbidden(place.pointer, detail) }

    /// Takes over what was found elsewhere.
    mutating func add(_ other: RequestFaults) {
        isInvalid = isInvalid || other.isInvalid
        for fault in other.faults { add(fault.pointer, fault.detail) }
    }

    private mutating func add(_ place: JSONPointer, _ detail: String) {
        if !isFull { faults.append(Problem.Fault(place, detail)) }
    }

    /// The problem to answer with, nil when there is none.
    ///
    /// 422 with every fault when one of them is an invalid value, so that nothing has to be found out twice; 403 when the key is
    /// all that stands in the way; 413 when only the size does.
    var problem: Problem? {
        if isInvalid { return .invalidRequest(faults, isCutOff: isFull) }
        if !faults.isEmpty { return .outsideKey(faults) }
        return isTooLarge ? .messageTooLarge : nil
    }
}

extension JSONPointer {
    /// The place that `other` names when it is read from here.
    func appending(contentsOf other: JSONPointer) -> JSONPointer {
        if description.isEmpty { return other }
        let names = other.description.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        return names.reduce(self) { place, name in
            // RFC 6901 section 4: first ~1, then ~0.
            place.appending(String(name).replacing("~1", with: "/").replacing("~0", with: "~"))
        }
    }
}

/// A place in a send request, written out as a pointer only when something is wrong there.
struct RequestPlace {
    private let root: JSONPointer
    private let field: String
    private var item: Int?
    private var member: String?

    init(_ root: JSONPointer, _ field: String) {
        self.root = root
        self.field = field
    }

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
        if let item { pointer = pointer.appending(item) }
        if let member { pointer = pointer.appending(member) }
        return pointer
    }
}
