// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// `posthaste templates test`: a rendered mail is equal to its golden files, or the difference is reported.
@Suite struct TemplatesGoldenTests {
    @Test func goldenFilesNoticeEveryChange() throws {
        let folder = try TemplatesFolder.shipped()
        let missing = try folder.run("test")
        #expect(missing.code == 1)
        #expect(missing.output.contains("no golden files to compare with: write them with"))
        #expect(missing.output.split(separator: "\n").count == 1)
        #expect(try folder.run("test", "--update").code == 0)
        let equal = try folder.run("test")
        #expect(equal.code == 0)
        #expect(equal.output.hasSuffix("all as they were\n"))
        #expect(try folder.run("lint").code == 0, "golden files are no templates")
        try FileManager.default.moveItem(
            atPath: "\(folder.path)/templates/golden/default/en/welcome.html",
            toPath: "\(folder.path)/kept.html"
        )
        let one = try folder.run("test", "welcome").output
        #expect(one.contains("golden/default/en/welcome.html: there is no such golden file yet"))
        #expect(one.contains(": 1 golden file is missing; "))
        try FileManager.default.moveItem(
            atPath: "\(folder.path)/kept.html",
            toPath: "\(folder.path)/templates/golden/default/en/welcome.html"
        )

        try folder.edit("templates/golden/default/en/welcome.subject.txt", replacing: "W", with: "V")
        let changed = try folder.run("test", "welcome")
        #expect(changed.code == 1)
        #expect(changed.output.contains("@@ -1 +1 @@\n-V"))
        #expect(!changed.output.contains("\u{1B}"))
        #expect(try folder.run("test", "receipt").code == 0)
    }

    @Test func leftOverGoldenFilesAreToldAndRemoved() throws {
        let folder = try TemplatesFolder.shipped()
        #expect(try folder.run("test", "--update").code == 0)
        try FileManager.default.removeItem(atPath: "\(folder.path)/templates/welcome")
        let result = try folder.run("test")
        #expect(result.code == 1)
        #expect(result.output.contains("welcome.html: no mail belongs to this golden file any more"))
        #expect(try folder.run("test", "--update").code == 0)
        #expect(try folder.run("test").code == 0)
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/templates/golden/default/en/welcome.html"))
    }

    @Test func faultyTemplatesAreNeverTakenAsGood() throws {
        let folder = try TemplatesFolder.shipped()
        try folder.write("{{nonsense}}", to: "templates/welcome/body.html")
        let result = try folder.run("test", "--update")
        #expect(result.code == 1)
        #expect(result.errors.contains("welcome/body.html:1:1: "))
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/templates/golden"))
    }
}
