// SPDX-License-Identifier: Apache-2.0
import JSON
import Text

/// Checks data against declarations.
struct VariableCheck {
    /// The maximum number of reported faults.
    static let limit = 100

    private(set) var faults: [VariableFault] = []
    private var isFull: Bool { faults.count >= Self.limit }

    /// Checks the members of `data`, whose position is `pointer`; names in `given` count as present.
    mutating func check(
        _ data: JSONObject,
        _ declarations: [VariableDeclaration],
        at pointer: JSONPointer,
        given: Set<String> = []
    ) {
        for declaration in declarations {
            let place = pointer.appending(declaration.name)
            if let value = data[declaration.name], !value.isNull {
                check(value, declaration.type, at: place)
            } else if declaration.isRequired, declaration.fallback == nil, !given.contains(declaration.name) {
                add(place, "is required: \(declaration.expectation)")
            }
        }
        let known = Set(declarations.map(\.name))
        let candidates = known.sorted()
        for (name, _) in data where !known.contains(name) {
            if isFull { return }
            let near = Spelling.nearest(to: name, among: candidates).map { "; did you mean `\($0)`?" } ?? ""
            add(pointer.appending(name), "is not declared by the template\(near)")
        }
    }

    private mutating func check(_ value: JSON, _ type: VariableType, at pointer: JSONPointer) {
        switch (type, value) {
        case (.list(let item), .array(let items)):
            for (index, value) in items.enumerated() {
                if isFull { return }
                check(value, item, at: pointer.appending(index))
            }
        case (.object(let fields), .object(let members)): check(members, fields, at: pointer)
        case (.money, .object(let members)): checkMoney(members, at: pointer)
        case (.string, .string), (.html, .string), (.number, .integer), (.number, .number), (.number, .decimal),
            (.boolean, .bool):
            break
        case (.date, .string(let text)):
            if CalendarDate(text) == nil { add(pointer, "expected a date such as 2026-11-20 or 2026-11-20T17:33:27Z") }
        case (.url, .string(let text)): checkAddress(text, at: pointer)
        case (.email, .string(let text)):
            if !Self.isEmail(text) { add(pointer, "expected an email address such as ana@example.org") }
        default: add(pointer, "expected \(type.expectation), found \(value.typeName)")
        }
    }

    private mutating func checkMoney(_ members: JSONObject, at pointer: JSONPointer) {
        let amount = members["amount"].flatMap { $0.string ?? $0.integer.map(String.init) }
        if amount.flatMap(DecimalText.init) == nil {
            add(pointer.appending("amount"), "expected an amount as text, such as \"12.50\"")
        }
        let currency = members["currency"]?.string ?? ""
        if currency.utf8.count != 3 || !currency.utf8.allSatisfy({ $0.isLetter && $0 != $0.lowercased }) {
            add(pointer.appending("currency"), "expected a currency of three capital letters, such as EUR")
        }
        for (name, _) in members where name != "amount" && name != "currency" && !isFull {
            add(pointer.appending(name), "is no part of money; expected `amount` and `currency`")
        }
    }

    private mutating func checkAddress(_ text: String, at pointer: JSONPointer) {
        let address = WebAddress(text)
        guard let scheme = address.scheme, URLEscaping.schemes.contains(scheme) else {
            let allowed = URLEscaping.schemes.joined(separator: ", ")
            return add(pointer, "expected a URL that begins with one of \(allowed)")
        }
        if address.namesNoHost { add(pointer, "this URL \(URLEscaping.noHost)") }
        if text.unicodeScalars.contains(where: { $0.isControl || $0 == " " }) {
            add(pointer, "a URL holds no blanks and no control characters")
        }
    }

    private static func isEmail(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && text.utf8.count <= 254
            && !text.unicodeScalars.contains {
                $0.isControl || $0 == " " || "<>(),;:\\\"[]".unicodeScalars.contains($0)
            }
    }

    private mutating func add(_ pointer: JSONPointer, _ detail: String) {
        if !isFull { faults.append(VariableFault(pointer: pointer, detail: detail)) }
    }
}

extension VariableType {
    /// A description of the type, after "expected".
    var expectation: String {
        switch self {
        case .string: "a string"
        case .number: "a number"
        case .boolean: "true or false"
        case .date: "a date as a string"
        case .money: "an object with `amount` and `currency`"
        case .url: "a URL as a string"
        case .email: "an email address as a string"
        case .html: "HTML as a string"
        case .list: "a list"
        case .object: "an object"
        }
    }
}

extension VariableDeclaration {
    /// The expected value, with the author's description.
    fileprivate var expectation: String {
        summary.map { "\(type.expectation) (\($0))" } ?? type.expectation
    }
}
