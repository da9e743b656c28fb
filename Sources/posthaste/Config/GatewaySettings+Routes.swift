// SPDX-License-Identifier: Apache-2.0
import Basics
import Queue
import Settings

extension SettingsReader {
    /// The routes; each must be reachable and name existing providers.
    ///
    /// `brands` are the existing brands; empty when unknown.
    func routes(providers: [String], brands: [String]) -> Routes {
        let readers = maps("routes")
        if readers.isEmpty {
            let example = providers.first ?? "NAME"
            note(
                "there is no route, so mail could not leave",
                key: "routes",
                remedy: "add `routes: [{ via: [\(example)] }]`"
            )
        }
        var routes: [Routes.Route] = []
        for reader in readers {
            let route = reader.route(providers: providers, brands: brands)
            reader.checkReach(of: route, after: routes)
            routes.append(route)
        }
        if let last = readers.last, let route = routes.last, route.brand != nil || route.category != nil {
            let remedy = "add a last route without `match`, for the mail that no other route takes"
            last.note("the last route has a `match`", key: "match", remedy: remedy)
        }
        return Routes(routes)
    }

    private func route(providers: [String], brands: [String]) -> Routes.Route {
        let match = map("match")
        let brand = match?.string("brand")
        if let brand { match?.check(brand, isOneOf: brands, as: "brand", key: "brand") }
        let category = match?.string("category")
        let via = strings("via", required: true) ?? []
        if node("via") != nil, via.isEmpty { note("there is no provider in it", key: "via") }
        for (position, name) in via.enumerated() {
            if !providers.contains(name) {
                let nearest = NearestName.of(name, among: providers).map { "did you mean `\($0)`?" }
                let known = "the providers are \(providers.joined(separator: ", "))"
                note("there is no provider `\(name)`", key: "via", remedy: nearest ?? known)
            } else if via[..<position].contains(name) {
                note("`\(name)` is in it twice", key: "via", remedy: "keep the first one")
            }
        }
        return Routes.Route(brand: brand, category: category, via: via)
    }

    /// Notes a fault when an earlier route takes all the mail of this route.
    private func checkReach(of route: Routes.Route, after earlier: [Routes.Route]) {
        let taker = earlier.firstIndex { other in
            (other.brand == nil || other.brand == route.brand)
                && (other.category == nil || other.category == route.category)
        }
        guard let taker else { return }
        note("this route is never reached", remedy: "routes[\(taker)] takes its mail first; move this one before it")
    }

    /// The brand of mail that names none.
    func defaultBrand(among brands: [String]) -> String {
        let brand = string("default_brand") ?? "default"
        check(brand, isOneOf: brands, as: "brand", key: "default_brand")
        return brand
    }
}
