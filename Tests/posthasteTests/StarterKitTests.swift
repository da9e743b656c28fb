// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import posthaste

@Suite struct StarterKitTests {
    private static let templates = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../templates").standardizedFileURL

    @Test func binaryCarriesTheTemplatesOfTheRepository() throws {
        let folder = Self.templates.path(percentEncoded: false)
        let paths = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        let files = try paths.filter { !InputFile.isFolder("\(folder)/\($0)") }.sorted().map { path in
            StarterFiles.File(path: path, bytes: Array(try Data(contentsOf: URL(filePath: "\(folder)/\(path)"))))
        }
        let kit = StarterKit.shipped.files.sorted { $0.path < $1.path }
        #expect(kit.map(\.path) == files.map(\.path), "run `make starter`")
        for (packed, file) in zip(kit, files) { #expect(packed == file, "\(file.path): run `make starter`") }
    }

    @Test func anyBytesArePacked() {
        let packed: [UInt8] = Array("a/b.png\t4\n".utf8) + [0, 0xFF, 10, 9] + Array("\nc\t0\n\n".utf8)
        let kit = StarterKit(packed: packed)
        #expect(kit.files.map(\.path) == ["a/b.png", "c"])
        #expect(kit.files.map(\.bytes) == [[0, 0xFF, 10, 9], []])
        for count in packed.indices { #expect(StarterKit(packed: Array(packed[..<count])).files.count < 2) }
    }

    @Test(arguments: [
        ("postgres://a@db/p", StarterSettings.Store.text("postgres://a@db/p")),
        ("postgres://a:${PASSWORD}@db/p?sslmode=require", .text("postgres://a:${PASSWORD}@db/p?sslmode=require")),
        ("postgres://a:se@cr/et@db/p", .secret("postgres://a:se@cr/et@db/p")),
        ("postgres://db/p?user=a&password=secret", .secret("postgres://db/p?user=a&password=secret")),
        ("sqlite:data/a:b@c.db", .text("sqlite:data/a:b@c.db")),
    ])
    func passwordsStayOutOfTheSettings(_ url: String, _ store: StarterSettings.Store) throws {
        #expect(try StarterSettings.Store(url) == store)
        let text = StarterSettings(store: store).text
        #expect(text.contains(url) == (store == .text(url)))
    }

    @Test func storeThatIsNoneAndHalfAReferenceAreRefused() {
        for url in ["mysql://a@b/c", "data/posthaste.db", "postgres://${USER}:secret@db/p"] {
            #expect { try StarterSettings.Store(url) } throws: { error in
                guard let failure = error as? CommandFailure else { return false }
                return failure.code == .wrongUsage && !failure.lines.joined().contains("secret@")
            }
        }
    }
}
