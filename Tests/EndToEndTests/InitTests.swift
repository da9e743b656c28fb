// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

@Suite struct InitTests {
    /// An empty folder.
    private let folder: TemplatesFolder

    init() throws {
        folder = try TemplatesFolder()
    }

    private func run(_ arguments: String...) throws -> Posthaste.Result {
        try Posthaste.run(arguments, in: folder.path)
    }

    private func mode(_ file: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(file)")[.posixPermissions] as? Int
    }

    @Test func firstMailIsABrandedOne() throws {
        let made = try run("init", "--json")
        #expect(made.code == 0, "\(made.errors)")
        #expect(try mode("posthaste.yaml") == 0o640)
        #expect(try mode("secrets/sealing.key") == 0o600)
        #expect(try run("config", "check").output.hasSuffix("posthaste.yaml is fine\n"))
        #expect(try run("doctor").code == 0)
        #expect(try run("templates", "lint").code == 0)
        let mail = try run("templates", "render", "receipt", "--brand", "westside", "--part", "html").output
        #expect(mail.contains("Westside Basketball") && mail.contains("#bf400d"))
    }

    @Test func minimalOneIsComplete() throws {
        #expect(try run("init", "--minimal").code == 0)
        #expect(try run("doctor").code == 0)
        let arguments = ["send", "--template", "welcome", "--to", "a@b.example", "--data", "-"]
        let sent = try Posthaste.run(arguments, in: folder.path, input: #"{"name": "Ana"}"#)
        #expect(sent.code == 0, "\(sent.errors)")
    }

    @Test func everyFileThatIsThereIsNamedAndNothingIsWritten() throws {
        try folder.write("mine", to: "posthaste.yaml")
        try folder.write("mine", to: "templates/welcome/body.html")
        let result = try run("init")
        #expect(result.code == 1)
        #expect(result.errors.contains("posthaste.yaml is there already\n"))
        #expect(result.errors.contains("/templates/welcome/body.html is there already\n"))
        #expect(
            result.errors.contains("nothing was written: move them away, or name another settings file with --config")
        )
        #expect(try folder.read("posthaste.yaml") == "mine")
        let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }.sorted()
        #expect(
            files == [
                "posthaste.yaml", "templates", "templates/welcome", "templates/welcome/body.html",
            ]
        )
    }

    @Test func templatesThatAreNamedAreUsedAsTheyAre() throws {
        try folder.write("name: Mine\nfrom: a@b.example\n", to: "mine/brands/default/brand.yaml")
        #expect(try run("init", "--templates", "mine").code == 0)
        #expect(try run("config", "show").output.contains("\(folder.path)/mine"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/mine") == ["brands"])
    }

    @Test func keyIsGoodInTheStoreThatWasNamed() throws {
        let port = try LoopbackPort.free()
        let store = "\(folder.path)/elsewhere/posthaste.db"
        let made = try run("init", "--store", "sqlite:\(store)", "--listen", "127.0.0.1:\(port)", "--json")
        #expect(made.code == 0, "\(made.errors)")
        #expect(TestFolder.word(after: "\"store\":\"", in: made.output) == store)
        #expect(FileManager.default.fileExists(atPath: store))
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/data"))
        #expect(try run("keys", "list").output.contains("first"))
    }

    @Test func storeThatCannotBeOpenedLeavesNothingBehind() throws {
        let store = "postgres://a:se-cr-et@127.0.0.1:\(try LoopbackPort.free())/p"
        let result = try run("init", "--store", store)
        #expect(result.code != 0)
        #expect(!(result.errors + result.output).contains("se-cr-et"))
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/posthaste.yaml"))
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/secrets/store.url"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        #expect(try run("init").code == 0)
    }

    @Test func templatesFolderWithoutFilesIsFilled() throws {
        let store = "postgres://a:b@127.0.0.1:\(try LoopbackPort.free())/p"
        try FileManager.default.createDirectory(atPath: "\(folder.path)/own/x", withIntermediateDirectories: true)
        #expect(try run("init", "--store", store, "--templates", "own").code != 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/own") == ["x"])
        #expect(try run("init", "--templates", "own", "--minimal").code == 0)
        #expect(try folder.read("own/welcome/template.yaml").contains("Who is greeted"))
    }

    @Test(arguments: [["--listen", "8025"], ["--store", "mysql://x"], ["--trial", "--minimal"]])
    func wrongUsageIsRefused(_ arguments: [String]) throws {
        #expect(try Posthaste.run(["init"] + arguments, in: folder.path).code == 64)
    }

    @Test func shippedTemplateIsCopiedWithWhatItUses() throws {
        #expect(try run("init").code == 0)
        for part in ["layouts", "partials", "receipt"] {
            try FileManager.default.removeItem(atPath: "\(folder.path)/templates/\(part)")
        }
        let made = try run("templates", "new", "bill", "--from", "receipt")
        #expect(made.code == 0, "\(made.errors)")
        #expect(
            try folder.read("templates/bill/body.html") == TemplatesFolder.shipped().read("templates/receipt/body.html")
        )
        #expect(try folder.read("templates/layouts/base.html").contains("{{>styles}}"))
        #expect(try run("templates", "render", "bill").code == 0)
        #expect(try run("templates", "new", "bill-2", "--from", "bill").code == 0)
        #expect(try folder.read("templates/bill-2/template.de.yaml") == folder.read("templates/bill/template.de.yaml"))
        let unknown = try run("templates", "new", "x", "--from", "nothing")
        #expect(unknown.code == 1)
        #expect(unknown.errors.contains("there is no template `nothing`") && unknown.errors.contains("receipt"))
    }
}
