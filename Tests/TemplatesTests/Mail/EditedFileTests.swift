// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Text

@testable import Templates

/// Files in the state in which editors save them.
@Suite struct EditedFileTests {
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    @Test func oneMarkIsNoPartOfAnyFile() throws {
        let texts = [
            "brands/default/brand.yaml": "name: Acme\nstrings: { a: b }\n",
            "brands/default/brand.de.yaml": "strings: { a: c }\n", "layouts/base.html": "<b>{{$body}}{{/body}}</b>",
            "layouts/base.txt": "[{{$body}}{{/body}}]", "partials/p.html": "<i>p</i>",
            "t/template.yaml": "subject: S\nlayout: base\n", "t/body.html": "x{{>p}}{{strings.a}}", "t/body.txt": "y",
            "t/template.de.yaml": "subject: D\n",
        ]
        let files = texts.mapValues { Self.mark + Array($0.utf8) }
        for (locale, subject) in [(nil, "S"), ("de", "D")] {
            let bundle = TemplateBundle(template: "t", brand: "default", locale: locale, files: files)
            let mail = try bundle.compile().renderSample()
            #expect(mail.subject == subject)
            #expect(mail.html == "<b>x<i>p</i>\(locale == nil ? "b" : "c")</b>")
            #expect(mail.text == "[y]\n")
        }
    }

    @Test func placesOfFaultsAreThoseOfTheFile() throws {
        let yaml = Self.mark + Array("subjekt: S\nsubject: T\n".utf8)
        let bundle = TemplateBundle(template: "t", brand: "default", locale: nil, files: ["t/template.yaml": yaml])
        let error = #expect(throws: TemplateError.self) { try bundle.compile() }
        #expect(error?.line == 1 && error?.column == 1)
    }

    @Test(
        arguments: [
            ([0xFF, 0xFE, 0x61, 0x00], "this file is UTF-16, not UTF-8"),
            ([0xFE, 0xFF, 0x00, 0x61], "this file is UTF-16, not UTF-8"),
            ([0x61, 0, 0x62, 0, 0x63, 0], "this file is UTF-16, not UTF-8"),
            ([0, 0x61, 0, 0x62], "this file is UTF-16, not UTF-8"),
            ([0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0], "this file is UTF-32, not UTF-8"),
            ([0, 0, 0xFE, 0xFF], "this file is UTF-32, not UTF-8"),
            ([0x61, 0, 0, 0], "this file is UTF-32, not UTF-8"),
            ([0x61, 0x0A, 0x62, 0xE9, 0x63], "this file is not UTF-8: byte 4, on line 2, is 0xE9"),
            ([0xEF, 0xBB, 0xBF, 0x0A, 0xC3], "this file is not UTF-8: byte 5, on line 2, is 0xC3"),
            ([0xC3, 0xA4, 0xED, 0xA0, 0x80], "this file is not UTF-8: byte 3, on line 1, is 0xED"),
        ] as [([UInt8], String)]
    )
    func otherEncodingsAreNamed(_ bytes: [UInt8], _ problem: String) {
        let fault = #expect(throws: TextError.self) { try EditedText.bytes(bytes) }
        #expect(fault?.problem == problem && fault?.remedy == "save it as UTF-8")
    }

    @Test(
        arguments: [[], [0x61], [0xEF, 0xBB, 0xBF], [0x61, 0x62, 0, 0x63], [0xEF, 0xBB, 0xBF, 0xEF, 0xBB, 0xBF]]
            as [[UInt8]]
    )
    func allElseIsText(_ bytes: [UInt8]) throws {
        let text = bytes.starts(with: Self.mark) ? Array(bytes[3...]) : bytes
        #expect(try EditedText.bytes(bytes) == text)
    }

    @Test func anEditThatKeepsSizeAndTimeIsSeen() throws {
        let folder = try TemplateFolderFixture(["t/template.yaml": "subject: S", "t/body.html": "one"])
        let body = "\(folder.path)/t/body.html"
        let time = [FileAttributeKey.modificationDate: Date(timeIntervalSince1970: 1)]
        try FileManager.default.setAttributes(time, ofItemAtPath: body)
        let library = folder.library()
        library.reload()
        library.reload()
        let before = try #require(FileStamp(path: body))
        // File system clocks are coarse: writes until the kernel reports another change time.
        repeat {
            let handle = try #require(FileHandle(forUpdatingAtPath: body))
            try handle.write(contentsOf: Data("two".utf8))
            try handle.close()
            try FileManager.default.setAttributes(time, ofItemAtPath: body)
        } while FileStamp(path: body) == before
        #expect(library.reload())
        #expect(try library.template("t", brand: "default")?.renderSample().html == "two")
    }
}
