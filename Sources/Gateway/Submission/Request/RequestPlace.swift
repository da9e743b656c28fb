// SPDX-License-Identifier: Apache-2.0
import JSON

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
