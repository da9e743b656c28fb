// SPDX-License-Identifier: Apache-2.0
import Basics
package import JSON

/// The rights of a key that is to be made on behalf of another caller.
package struct KeyGrant: Sendable, Hashable {
    package var name: String
    /// Nil for all brands.
    package var brands: [String]?
    /// Patterns of From addresses; nil for any.
    package var from: [String]?
    package var scopes: Set<APIKey.Scope>

    package init(name: String, brands: [String]?, from: [String]?, scopes: Set<APIKey.Scope>) {
        (self.name, self.brands, self.from, self.scopes) = (name, brands, from, scopes)
    }

    /// Reads the body of `POST /v1/keys`; a field that is left out gives what `maker` has itself.
    ///
    /// Throws 422 with all faults.
    package init(_ body: JSON, for maker: Principal) throws(Problem) {
        guard case .object(let fields) = body else {
            throw .invalidRequest([Problem.Fault(.root, "expected an object, found \(body.typeName)")])
        }
        let known = ["name", "brands", "from", "scopes"]
        var faults = fields.keys.filter { !known.contains($0) }.map { name in
            Problem.Fault(
                JSONPointer.root.appending(name),
                "is no field of a key\(NearestName.hint(name, among: known))"
            )
        }
        func words(_ field: String) -> [String]? {
            guard let value = fields[field], !value.isNull else { return nil }
            guard let words = value.array?.compactMap(\.string), words.count == value.array?.count, !words.isEmpty
            else {
                faults.append(Problem.Fault(JSONPointer.root.appending(field), "expected a list of texts"))
                return nil
            }
            return words
        }
        name = fields["name"]?.string ?? ""
        if fields["name"]?.string == nil {
            faults.append(Problem.Fault(JSONPointer.root.appending("name"), "expected a text"))
        }
        brands = words("brands") ?? maker.brands?.sorted()
        from = words("from") ?? maker.from
        scopes = maker.scopes
        if let words = words("scopes") {
            scopes = Set(words.compactMap(APIKey.Scope.init))
            if scopes.count < Set(words).count {
                let all = APIKey.Scope.allCases.map(\.rawValue).joined(separator: ", ")
                faults.append(Problem.Fault(JSONPointer.root.appending("scopes"), "expected some of \(all)"))
            }
        }
        if !faults.isEmpty { throw .invalidRequest(faults) }
    }

    /// The faults of a grant by `maker`: a key can have no more than the one that makes it.
    ///
    /// `brandNames` are the existing brands.
    package func faults(by maker: Principal, brandNames: [String]) -> [Problem.Fault] {
        var faults: [Problem.Fault] = []
        func note(_ field: String, _ detail: String) {
            faults.append(Problem.Fault(JSONPointer.root.appending(field), detail))
        }
        if brands == nil, maker.brands != nil { note("brands", "your key has not all brands; name those that it has") }
        for brand in brands ?? [] {
            if !maker.sees(brand: brand) {
                note("brands", "your key has not the brand \(brand)")
            } else if !brandNames.contains(brand) {
                note("brands", "there is no brand \(brand)\(NearestName.hint(brand, among: brandNames))")
            }
        }
        for pattern in from ?? [] where SenderPattern(pattern) == nil {
            note("from", "\(pattern) is neither an address nor a pattern such as *@example.org")
        }
        if let own = maker.from {
            let allowed = own.compactMap { SenderPattern($0) }
            if from == nil { note("from", "your key may not use any From address; name those that it may use") }
            for pattern in (from ?? []).compactMap({ SenderPattern($0) })
            where !allowed.contains(where: { $0.covers(pattern) }) {
                note("from", "your key may not use the From address \(pattern)")
            }
        }
        for scope in APIKey.Scope.allCases where scopes.contains(scope) && !maker.scopes.contains(scope) {
            note("scopes", "your key has not the scope \(scope.rawValue)")
        }
        if scopes.isEmpty { note("scopes", "a key without a scope can do nothing; choose one") }
        return faults
    }
}

extension Principal {
    /// True for a key whose brands are all among the caller's: the caller may see and revoke it.
    package func manages(_ key: APIKey) -> Bool {
        guard let brands else { return true }
        return key.brands.map { brands.isSuperset(of: $0) } ?? false
    }
}
