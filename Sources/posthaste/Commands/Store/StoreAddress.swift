// SPDX-License-Identifier: Apache-2.0
import Basics
import Foundation
import SQL
import Storage

/// A store named on the command line.
struct StoreAddress {
    let settings: StoreSettings
    /// The option that names it.
    let option: String

    /// Parses `sqlite:PATH` or `postgres://…`; the error does not repeat the text, which may hold a password.
    init(_ text: String, option: String) throws(CommandFailure) {
        self.option = option
        if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
            settings = StoreSettings(place: .server(Secret(text)), migrates: false)
            return
        }
        guard text.hasPrefix("sqlite:"), text.count > "sqlite:".count else {
            throw CommandFailure(
                .wrongUsage,
                ["\(option): expected sqlite:PATH or postgres://user:password@host/database; see `posthaste --help`"]
            )
        }
        var path = String(text.dropFirst("sqlite:".count))
        if path.hasPrefix("//") { path.removeFirst(2) }
        settings = StoreSettings(place: .file(path), migrates: false)
    }

    /// Whether both addresses name the same store, as far as their text shows.
    func isSame(as other: StoreAddress) -> Bool {
        guard let path = settings.path, let otherPath = other.settings.path else {
            return settings.place == other.settings.place
        }
        func real(_ path: String) -> String { URL(filePath: path).resolvingSymlinksInPath().standardizedFileURL.path }
        return real(path) == real(otherPath)
    }

    /// Opens an existing store.
    func openExisting() async throws(CommandFailure) -> any Database {
        if let path = settings.path, !FileManager.default.fileExists(atPath: path) {
            throw CommandFailure("\(option): there is no store at \(path)")
        }
        return try await open()
    }

    func open() async throws(CommandFailure) -> any Database {
        do throws(CommandFailure) {
            return try await OpenStore.openDatabase(settings)
        } catch {
            throw CommandFailure(error.code, error.lines.map { "\(option): \($0)" })
        }
    }

    /// Refuses a store that a gateway serves; the returned lock prevents a gateway from serving the file.
    func reserve(_ database: any Database) async throws(CommandFailure) -> ServeLock? {
        let remedy = "stop it, or copy all the same with --force"
        if let path = settings.path {
            do throws(StoreError) { return try ServeLock(store: path) } catch {
                throw CommandFailure("\(option): \(error), or copy all the same with --force")
            }
        }
        let count: Int
        do throws(DatabaseError) { count = try await database.livingGateways(now: ProcessContext.clock()) } catch {
            throw CommandFailure("\(option): the store on \(settings.name): \(error)")
        }
        guard count > 0 else { return nil }
        let gateways = count == 1 ? "a gateway" : "\(count) gateways"
        throw CommandFailure(
            "\(option): \(settings.name) is served by \(gateways), or was when that died within the last 30 seconds: \(remedy)"
        )
    }
}
