// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import JSON
internal import Submission

/// Reads the values of a call, and collects their faults.
struct SESReader {
    private var notes = FrontFaults()

    var faults: [Problem.Fault] { notes.faults }

    mutating func note(_ place: JSONPointer, _ detail: String) { notes.note(place, detail) }

    /// What `read` returns for a field of the request; when it returns nothing but notes a fault, the field is marked, so that it
    /// is not reported as missing as well.
    mutating func read<Value>(
        _ field: String,
        _ request: inout SendRequest,
        _ read: (inout SESReader) -> Value?
    ) -> Value? {
        let count = faults.count
        let value = read(&self)
        if value == nil, faults.count > count { request.unreadable.insert(field) }
        return value
    }

    /// The members of the object `name`; none when it is not given.
    mutating func object(_ members: JSONObject, _ name: String, _ place: JSONPointer) -> JSONObject {
        notes.object(members, name, at: place) ?? JSONObject()
    }

    /// The members of an item of a list.
    mutating func object(_ item: JSON, _ place: JSONPointer) -> JSONObject {
        if let members = item.object { return members }
        note(place, "expected an object, found \(item.typeName)")
        return JSONObject()
    }

    mutating func list(_ members: JSONObject, _ name: String, _ place: JSONPointer) -> [JSON] {
        notes.list(members, name, at: place)
    }

    mutating func text(_ members: JSONObject, _ name: String, _ place: JSONPointer) -> String? {
        notes.text(members, name, at: place)
    }

    /// The octets of a text in base64, which has to be there.
    mutating func octets(_ members: JSONObject, _ name: String, _ place: JSONPointer, _ meaning: String) -> [UInt8]? {
        let count = faults.count
        guard let text = text(members, name, place) else {
            if faults.count == count { note(place.appending(name), "is required: \(meaning) in base64") }
            return nil
        }
        let octets = FrontFile.decoded(text)
        if octets == nil { note(place.appending(name), "is not base64") }
        return octets
    }

    /// The addresses of a list of texts; nil when it is not given.
    mutating func addresses(_ members: JSONObject, _ name: String, _ place: JSONPointer) -> SendRequest.Addresses? {
        let here = place.appending(name)
        let items = list(members, name, place)
        guard !items.isEmpty else { return nil }
        return SendRequest.Addresses(
            items.enumerated().map { position, item in
                if let text = item.string { return FrontAddress.one(text) }
                note(here.appending(position), "expected an address, found \(item.typeName)")
                return nil
            }
        )
    }

    /// The pairs of a list of `{Name, Value}`.
    mutating func pairs(_ members: JSONObject, _ name: String, _ place: JSONPointer) -> [(name: String, value: String)]
    {
        var pairs: [(name: String, value: String)] = []
        for (position, item) in list(members, name, place).enumerated() {
            let here = place.appending(name).appending(position)
            let item = object(item, here)
            guard let name = item.given("Name") else {
                note(here.appending("Name"), "is required")
                continue
            }
            pairs.append((name.scalarText, item.given("Value")?.scalarText ?? ""))
        }
        return pairs
    }
}
